"""Group commit: requests that wait at the same time are worked on together, each with an answer of its own.

Invariants: nobody waits for company (a batch is whoever came while the one before was under way); every
request has exactly one answer; where a batch fails, each of it is tried alone, so that one bars nobody;
those of different kinds (`kind`) are never in one batch. Whoever gives up before their turn is left out;
whoever gives up during it may find it done: the work commits, and the same Idempotency-Key tells.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextvars import Context
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ieum.common.kernel.errors import Retryable
from ieum.common.postgres.pool import is_away

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Sequence

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")

BATCH_MAX = 64
QUEUE_MAX = 1_000
AT_ONCE_MAX = 4
"""Batches under way, of whatever kinds: each has a connection of its own."""
BESIDE_MIN = 8
"""So many who wait begin a second batch of their kind: Postgres works on one, this process on another."""


class Overloaded(Retryable):
    """More wait than may wait; over HTTP 503 with Retry-After."""


@dataclass(eq=False)
class _Waiting(Generic[Ask, Answer]):
    ask: Ask
    answer: asyncio.Future[Answer]


class Gatherer(Generic[Ask, Answer]):
    """Does `work` for those who wait, in batches of one `kind`, in the order in which they came.

    One batch of a kind is under way, two while many wait. `work` gives an answer for each, an exception
    where one alone is turned away. What it raises undid all of the batch: then each is tried alone, until
    the database is away.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Ask]], Awaitable[Sequence[Answer | Exception]]],
        *,
        kind: Callable[[Ask], Hashable] = lambda _: None,
        batch_max: int = BATCH_MAX,
        queue_max: int = QUEUE_MAX,
        at_once_max: int = AT_ONCE_MAX,
        beside_min: int = BESIDE_MIN,
    ) -> None:
        self._work = work
        self._kind = kind
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._places = asyncio.Semaphore(at_once_max)
        self._beside_min = beside_min
        self._queues: dict[Hashable, deque[_Waiting[Ask, Answer]]] = {}
        self._running: Counter[Hashable] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    async def ask(self, ask: Ask) -> Answer:
        """The answer to this one; raises what it alone is turned away with, or Overloaded."""
        if sum(map(len, self._queues.values())) >= self._queue_max:
            raise Overloaded
        waiting = _Waiting[Ask, Answer](ask, asyncio.get_running_loop().create_future())
        kind = self._kind(ask)
        queue = self._queues.setdefault(kind, deque())
        queue.append(waiting)
        if self._running[kind] < (2 if len(queue) >= self._beside_min else 1):
            self._running[kind] += 1
            # In a context of its own: a line logged of a batch is not of the request that began it.
            task = asyncio.create_task(self._run(kind, queue), context=Context())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await waiting.answer

    async def _run(self, kind: Hashable, queue: deque[_Waiting[Ask, Answer]]) -> None:
        """Serve a kind until nobody of it waits, or few do and another batch is under way.

        Between that look and the end there is no turn of the loop, so nobody is left waiting.
        """
        try:
            while queue and (self._running[kind] == 1 or len(queue) >= self._beside_min):
                async with self._places:
                    await self._serve(self._take(queue))
        finally:
            self._running[kind] -= 1
            if not self._running[kind]:
                del self._running[kind], self._queues[kind]

    def _take(self, queue: deque[_Waiting[Ask, Answer]]) -> list[_Waiting[Ask, Answer]]:
        batch: list[_Waiting[Ask, Answer]] = []
        while queue and len(batch) < self._batch_max:
            if not (one := queue.popleft()).answer.done():
                batch.append(one)
        return batch

    async def _serve(self, batch: Sequence[_Waiting[Ask, Answer]]) -> None:
        try:
            fault = await self._try(batch) if batch else None
            if fault and len(batch) > 1:
                fault = await self._serve_alone(batch)
            for one in batch if fault else ():
                _settle(one, fault)
        finally:
            for one in batch:
                one.answer.cancel()  # where this task was cancelled; else it has its answer

    async def _serve_alone(self, batch: Sequence[_Waiting[Ask, Answer]]) -> Exception | None:
        """Each by itself; gives the fault of those who are left where the database is away."""
        for one in batch:
            if fault := await self._try([one]):
                _settle(one, fault)
                if is_away(fault):
                    return fault
        return None

    async def _try(self, batch: Sequence[_Waiting[Ask, Answer]]) -> Exception | None:
        try:
            answers = await self._work([one.ask for one in batch])
        except Exception as fault:  # noqa: BLE001 - whatever it is, it becomes the answer of whose it is
            return fault
        for one, answer in zip(batch, answers, strict=True):
            _settle(one, answer)
        return None


def _settle(waiting: _Waiting[Any, Any], answer: Any) -> None:
    if waiting.answer.done():  # nobody waits any more
        return
    if isinstance(answer, Exception):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)
