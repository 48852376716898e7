"""Python's cycle collector, set for a long-lived process: what was built at the start stays for ever."""

from __future__ import annotations

import gc

ALLOCATIONS = 10_000
"""Net allocations between two looks at the youngest objects: more than a request makes."""


def relax() -> None:
    """Never look at what exists by now, and look less often at the rest; call it once all is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)
