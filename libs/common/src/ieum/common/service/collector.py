"""Python's cycle collector, set for a long-lived process that handles events in batches.

A batch of events is tens of thousands of objects that die together without cycles. At its defaults the
collector walks all of them, and every module, many times a batch: half the time of a consumer.
"""

from __future__ import annotations

import gc

ALLOCATIONS = 50_000
"""Net allocations between two looks at the youngest objects."""


def relax() -> None:
    """Never look at what exists by now, and look seldom at the rest; call it once all is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 50)
