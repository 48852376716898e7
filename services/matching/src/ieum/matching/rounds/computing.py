"""Clearing and verifying a market in processes of their own: the service goes on serving meanwhile.

The verifier's process gets what a stranger would get, the file of the market and then that of the result;
while the solver computes, it works everything out for itself. A killed child leaves nothing, and the same
market computes again to the same result.
"""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ieum.common.kernel.errors import Refusal, Retryable
from ieum.matching.rounds.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ieum.matching.clearing.result import Result
    from ieum.matching.clearing.verify import Verifier

_MARKET, _RESULT = "market.json", "result.json"

_solved: list[Result] = []
"""Of the solver's process alone: what it found."""
_worked_out: list[Verifier] = []
"""Of the verifier's process alone: the one market that it was given."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """A verified result's exact bytes, the digests of market and result, and the root of the receipts."""

    result: bytes
    market_digest: str
    result_digest: str
    lines_root: str
    matched: int


def clear(market: bytes) -> Cleared:
    """Clear a market here, unverified; raises Refusal (codes in `clearing.refusals`)."""
    # Loaded where it computes: a service with the compiled kernel in memory holds 60 MB for nothing.
    from ieum.matching.clearing.parsing import read
    from ieum.matching.clearing.solve import solve

    result = solve(read(market))
    return Cleared(result.encode(), *_digests(result))


def _solve(folder: Path) -> tuple[str, str, str] | None:
    from ieum.matching.clearing.parsing import read
    from ieum.matching.clearing.solve import solve

    try:
        _solved.append(solve(read((folder / _MARKET).read_bytes())))
    except Refusal as refused:  # with keyword arguments, it would not survive the way between processes
        return refused.code, refused.ko, refused.en
    (folder / _RESULT).write_bytes(_solved[0].encode())
    return None


def _digests_apart(_folder: Path) -> tuple[str, str, str, int]:
    return _digests(_solved[0])


def _digests(result: Result) -> tuple[str, str, str, int]:
    root = Lines(result.market_digest, result.outcome()).tree.root
    return result.market_digest, result.digest, root, len(result.matches)


def _work_out(folder: Path) -> None:
    import orjson

    from ieum.matching.clearing.verify import Verifier

    _worked_out.append(Verifier(orjson.loads((folder / _MARKET).read_bytes())))


def _problems(folder: Path) -> list[str]:
    import orjson

    return _worked_out[0].problems(orjson.loads((folder / _RESULT).read_bytes()))


async def clear_apart(market: bytes, seconds_max: float) -> Cleared:
    """Clear in a process of its own and verify in another.

    Raises Refusal: what is wrong with the market, or 500 `result-not-verified`; Retryable where a process
    died or both took longer than `seconds_max`.
    """
    try:
        async with asyncio.timeout(seconds_max):
            return await _clear_and_verify(market)
    except (BrokenProcessPool, TimeoutError) as error:
        raise Retryable("the computation of a round ended early") from error


async def _clear_and_verify(market: bytes) -> Cleared:
    with TemporaryDirectory() as name, _process(Path(name)) as solver, _process(Path(name)) as verifier:
        await asyncio.to_thread(Path(name, _MARKET).write_bytes, market)
        ready = verifier(_work_out)
        # A market that is refused may be more than the verifier can read: then nobody asks it.
        ready.add_done_callback(lambda done: done.cancelled() or done.exception())
        if refused := await solver(_solve):
            code, ko, en = refused
            raise Refusal(code, ko=ko, en=en)
        await ready
        problems, digests, result = await asyncio.gather(
            verifier(_problems), solver(_digests_apart), asyncio.to_thread(Path(name, _RESULT).read_bytes)
        )
        if problems:
            raise Refusal(
                "result-not-verified",
                ko="계산 결과가 검증을 통과하지 못하여 저장하지 않았습니다.",
                en="The result did not pass verification and was not stored.",
                status=500,
            )
    return Cleared(result, *digests)


@contextmanager
def _process(folder: Path) -> Iterator[Any]:
    """A process that does one thing after another with the files of a folder: `await do(function)`."""
    # spawn: a fork would carry the event loop and its connections along. What a child makes it keeps until
    # it ends, so looking for garbage would only cost: a third of the time of a large round.
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=gc.disable)
    loop = asyncio.get_running_loop()
    try:
        yield lambda function: loop.run_in_executor(pool, function, folder)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
