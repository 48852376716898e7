"""How loops are compiled: by numba, and kept for the next process where there is a place for it."""

from __future__ import annotations

from os import W_OK, access, environ
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

_KEPT = "NUMBA_CACHE_DIR" in environ or access(Path(__file__).parent, W_OK)


def compiled(function: F) -> F:
    """Compile it; kept in `NUMBA_CACHE_DIR`, or beside this file where that may be written.

    With `NUMBA_DISABLE_JIT=1` the same text runs as plain Python.
    """
    made: Any = numba.njit(cache=_KEPT, nogil=True)(function)
    return cast("F", made)
