"""How loops are compiled: by numba, and kept for the next process where there is a place for it.

Numba counts who refers to an array, atomically, at every call that it is handed to; where a market's arrays
go through calls of a few steps each, that was nine tenths of the time (numba issue 2345, which names `_nrt`).
What allocates nothing needs no counting: the compiler refuses `bare` for anything else.
"""

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
    return _made(function)


def bare(function: F) -> F:
    """Compile it without counting references: it may make no array and no list."""
    return _made(function, _nrt=False)


def inlined(function: F) -> F:
    """The same, and set into each that calls it: a step of a few instructions."""
    return _made(function, _nrt=False, forceinline=True)


def _made(function: F, **options: Any) -> F:
    made: Any = numba.njit(cache=_KEPT, nogil=True, **options)(function)
    return cast("F", made)
