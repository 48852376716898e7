"""Python's cycle collector, set for a long-lived process that now and then makes very much at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

ALLOCATIONS = 10_000
"""Net allocations between two looks at the youngest objects: more than a request makes."""

_pauses = [0]


def relax() -> None:
    """Never look at what exists by now, and look less often at the rest; call it once all is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)


@contextmanager
def paused() -> Iterator[None]:
    """Look for no cycles meanwhile: for work that makes very many objects which die together, without any.

    To walk them while they live takes a tenth of a batch's time and half of a large round's, and finds
    nothing. Several may be paused at once in one process.
    """
    _pause()
    try:
        yield
    finally:
        _resume()


@contextmanager
def lifted() -> Iterator[None]:
    """While somebody paused waits, who knows how long: others work in this process."""
    _resume()
    try:
        yield
    finally:
        _pause()


def _pause() -> None:
    _pauses[0] += 1
    gc.disable()


def _resume() -> None:
    _pauses[0] -= 1
    if not _pauses[0]:
        gc.enable()
