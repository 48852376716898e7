"""How loops are compiled: by numba, kept beside the code where that may be written."""

from __future__ import annotations

from os import W_OK, access
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")


def compiled(function: F) -> F:
    """Compile it; kept beside this file for the next process where that may be written.

    With `NUMBA_DISABLE_JIT=1` the same text runs as plain Python.
    """
    made: Any = numba.njit(cache=access(Path(__file__).parent, W_OK), nogil=True)(function)
    return cast("F", made)
