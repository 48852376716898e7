"""Clearing and verifying a market in a process of its own: the service goes on serving meanwhile.

The child gets bytes and gives bytes; killed, it leaves nothing, and the same market computes again to the
same result.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context

from ieum.common.kernel.errors import Refusal, Retryable
from ieum.matching.clearing.parsing import read
from ieum.matching.clearing.verify import verify


@dataclass(frozen=True, slots=True)
class Cleared:
    """A result's exact bytes, the digests of market and result, and what the verifier found wrong."""

    result: bytes
    market_digest: str
    result_digest: str
    matched: int
    problems: tuple[str, ...]


def clear(market: bytes) -> Cleared:
    """Clear a market and verify the result; raises Refusal (codes in `clearing.refusals`)."""
    # Here, in the process that computes: a service that loads the compiled kernel holds 60 MB for nothing.
    from ieum.matching.clearing.solve import solve

    parsed = read(market)
    result = solve(parsed)
    problems = verify(parsed.document, result.document())  # type: ignore[arg-type]  # an object, as read
    return Cleared(result.encode(), result.market_digest, result.digest, len(result.matches), tuple(problems))


def _clear(market: bytes) -> Cleared | tuple[str, str, str]:
    # An exception with keyword arguments does not survive the way between processes.
    try:
        return clear(market)
    except Refusal as refused:
        return refused.code, refused.ko, refused.en


async def clear_apart(market: bytes, seconds_max: float) -> Cleared:
    """Clear in a process of its own.

    Raises Refusal: what is wrong with the market, or 500 `result-not-verified`; Retryable where the process
    died or took longer than `seconds_max`.
    """
    # spawn: a fork would carry the event loop and its connections along.
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        future = asyncio.get_running_loop().run_in_executor(pool, _clear, market)
        found = await asyncio.wait_for(future, seconds_max)
    except (BrokenProcessPool, TimeoutError) as error:
        raise Retryable("the computation of a round ended early") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    if not isinstance(found, Cleared):
        code, ko, en = found
        raise Refusal(code, ko=ko, en=en)
    if found.problems:
        raise Refusal(
            "result-not-verified",
            ko="계산 결과가 검증을 통과하지 못하여 저장하지 않았습니다.",
            en="The result did not pass verification and was not stored.",
            status=500,
        )
    return found
