"""Reading the topics as an outsider, from their present end on, with the moment when each fact was here."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition

from ieum.common.events.registry import Registry
from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from aiokafka.structs import ConsumerRecord

POLL_MS = 200
FETCH_WAIT_MS = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """A CloudEvent: `type` is short (`match.ranked`), `at` when it was read, in seconds since 1970."""

    id: str
    type: str
    subject: str
    partition: TopicPartition
    offset: int
    at: float
    data: dict[str, Any]


class Watch:
    """Follows topics while the block runs; `facts` holds what came, by short type, in order of reading.

    It is no group member and commits nothing: the platform does not notice it.
    """

    def __init__(self, bootstrap: str, topics: Sequence[str]) -> None:
        self.facts: dict[str, list[Fact]] = defaultdict(list)
        self._topics = topics
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=None,
            enable_auto_commit=False,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        self._came = asyncio.Condition()
        self._seen: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Stand at the end of every topic; what is written from now on is seen."""
        await self._consumer.start()
        self._consumer.assign(_partitions(self._topics))
        await self._consumer.seek_to_end()
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Stop reading."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._consumer.stop()

    async def until(self, condition: Callable[[], bool], *, seconds: float, ko: str, en: str) -> None:
        """Wait until the condition holds; refuses after so many seconds, saying what did not come."""
        try:
            async with asyncio.timeout(seconds), self._came:
                await self._came.wait_for(lambda: condition() or self._broken())
        except TimeoutError:
            raise Refusal(
                "did-not-come",
                ko=f"{seconds:.0f}초 안에 오지 않았습니다: {ko}.",
                en=f"Did not come within {seconds:.0f} s: {en}.",
                status=504,
            ) from None
        if self._broken() and self._task:
            self._task.result()

    async def ends(self, topics: Sequence[str]) -> dict[TopicPartition, int]:
        """The present end of each partition of these topics."""
        return dict(await self._consumer.end_offsets(_partitions(topics)))

    def _broken(self) -> bool:
        return self._task is not None and self._task.done()

    async def _read(self) -> None:
        while True:
            batches = await self._consumer.getmany(timeout_ms=POLL_MS)
            at = time.time()
            facts = [fact for batch in batches.values() for record in batch if (fact := _fact(record, at))]
            async with self._came:
                for fact in facts:
                    if fact.id not in self._seen:  # a relay may send an event again
                        self._seen.add(fact.id)
                        self.facts[fact.type].append(fact)
                self._came.notify_all()


def _partitions(topics: Sequence[str]) -> list[TopicPartition]:
    """All partitions of these topics: the register says how many there are, and never changes that."""
    register = Registry.load()
    return [TopicPartition(topic, p) for topic in topics for p in range(register.topic(topic).partitions)]


def _fact(record: ConsumerRecord[Any, Any], at: float) -> Fact | None:
    if record.value is None:
        return None
    headers = {name: value.decode() for name, value in record.headers}
    return Fact(
        id=headers["ce_id"],
        type=".".join(headers["ce_type"].split(".")[3:-1]),
        subject=headers["ce_subject"],
        partition=TopicPartition(record.topic, record.partition),
        offset=record.offset,
        at=at,
        data=json.loads(record.value),
    )
