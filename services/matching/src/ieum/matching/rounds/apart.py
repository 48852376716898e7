"""Clearing and verifying a market in processes of their own: the service goes on serving meanwhile.

A killed child leaves nothing, and the same market computes again to the same result.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ieum.common.kernel.errors import Refusal, Retryable
from ieum.matching.rounds import computing
from ieum.matching.rounds.computing import Cleared

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    Process = Callable[[Callable[[Path], Any]], asyncio.Future[Any]]


class Computation:
    """One market's clearing in a process of its own and its verification in another, both within a time.

    Each method raises Retryable where a process died or the time was over.
    """

    def __init__(self, folder: Path, solver: Process, verifier: Process, until: float) -> None:
        self._folder, self._solver, self._verifier, self._until = folder, solver, verifier, until
        self._verified: asyncio.Future[list[str]] | None = None

    async def clear(self, market: bytes) -> Cleared:
        """What was found; the verifier is still at it. Raises Refusal: what is wrong with the market."""
        async with self._in_time():
            await asyncio.to_thread((self._folder / computing.MARKET).write_bytes, market)
            ready = self._verifier(computing.work_out)
            # A market that is refused may be more than the verifier can read: then nobody asks it.
            ready.add_done_callback(_seen)
            if refused := await self._solver(computing.solve_file):
                code, ko, en = refused
                raise Refusal(code, ko=ko, en=en)
            await ready
            self._verified = self._verifier(computing.problems)
            self._verified.add_done_callback(_seen)
            digests, result = await asyncio.gather(
                self._solver(computing.digests),
                asyncio.to_thread((self._folder / computing.RESULT).read_bytes),
            )
        return Cleared(result, *digests)

    async def verify(self) -> None:
        """Wait for the verifier; raises Refusal 500 `result-not-verified`."""
        async with self._in_time():
            if self._verified is None or await self._verified:
                raise Refusal(
                    "result-not-verified",
                    ko="계산 결과가 검증을 통과하지 못하여 저장하지 않았습니다.",
                    en="The result did not pass verification and was not stored.",
                    status=500,
                )

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(self._until):
                yield
        except (BrokenProcessPool, TimeoutError) as error:
            raise Retryable("the computation of a round ended early") from error


@contextmanager
def apart(seconds_max: float) -> Iterator[Computation]:
    """Two processes for one market, which start at once and end with it."""
    until = asyncio.get_running_loop().time() + seconds_max
    with TemporaryDirectory() as name:
        folder = Path(name)
        with _process(folder, "solve") as solver, _process(folder, "verify") as verifier:
            yield Computation(folder, solver, verifier, until)


async def clear_apart(market: bytes, seconds_max: float) -> Cleared:
    """Clear and verify a market apart; raises Refusal and Retryable as `Computation` does."""
    with apart(seconds_max) as computation:
        cleared = await computation.clear(market)
        await computation.verify()
        return cleared


def _seen(done: asyncio.Future[Any]) -> None:
    """Whoever waits for it is told; where nobody does any more, its failure is no news."""
    if not done.cancelled():
        done.exception()


@contextmanager
def _process(folder: Path, module: str) -> Iterator[Process]:
    """A process that does one thing after another with the files of a folder."""
    # spawn: a fork would carry the event loop and its connections along.
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    loop = asyncio.get_running_loop()
    loop.run_in_executor(pool, computing.prepare, f"ieum.matching.clearing.{module}").add_done_callback(_seen)
    try:
        yield lambda function: loop.run_in_executor(pool, function, folder)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
