"""Solving in a process of its own: the service goes on serving, and never holds the solver's memory.

Killed, the process leaves nothing, and the same instance solves again to the same answer.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Retryable

if TYPE_CHECKING:
    from ieum.matching.assignment.domain import Instance


async def solve_apart(instance: Instance, seconds_max: float) -> dict[str, str]:
    """Task → worker; raises Retryable where the process died or took longer than `seconds_max`."""
    # spawn: a fork would carry the event loop and its connections along.
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        async with asyncio.timeout(seconds_max):
            return await asyncio.get_running_loop().run_in_executor(pool, _solve, instance)
    except (BrokenProcessPool, TimeoutError) as error:
        raise Retryable("the assignment's computation ended early") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _solve(instance: Instance) -> dict[str, str]:
    from ieum.matching.assignment.solving import solve

    return solve(instance)
