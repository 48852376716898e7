"""One batch, one transaction: fence, handlers, dead letters and outbox commit together or not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ieum.common.events.envelope import Event
from ieum.common.kafka import deadletters, fence
from ieum.common.kafka.deadletters import Letter
from ieum.common.kafka.fence import Batches, Gap, Place
from ieum.common.kafka.records import RawRecord, Unreadable, decode
from ieum.common.kernel.errors import Terminal
from ieum.common.postgres.database import Database
from ieum.common.postgres.transaction import Actor, Tx

if TYPE_CHECKING:
    from aiokafka.structs import ConsumerRecord, TopicPartition

    Records = Sequence[ConsumerRecord[Any, Any]]

Handler = Callable[[list[Event], Tx], Awaitable[None]]
RawHandler = Callable[[list[RawRecord], Tx], Awaitable[None]]

PARKED_PER_PARTITION_MAX = 1_000
BEHIND = "behind an earlier record of its key"


@dataclass(slots=True, frozen=True)
class Applier:
    """Applies batches of a group: events to the handler of their topic, in offset order, types mixed."""

    database: Database
    group: str
    purpose: str
    handlers: Mapping[str, Handler]

    async def apply(self, batches: Batches, known_gaps: frozenset[tuple[TopicPartition, int]]) -> None:
        """Apply everything or raise: Gap where reading must begin earlier, else what a handler raised."""
        async with self.unit_of_work() as tx:
            places = await fence.take(tx, self.group, batches)
            for partition, records in batches.items():
                _check_gap(partition, records, places[partition], known_gaps)
            fresh = {p: places[p].take(records) for p, records in batches.items()}
            await self.deliver(tx, fresh, places)
            await fence.advance(tx, self.group, places)

    async def deliver(
        self, tx: Tx, fresh: Mapping[TopicPartition, Records], places: Mapping[TopicPartition, Place]
    ) -> None:
        """Decode, part the unreadable and the parked from the rest, and call the handlers."""
        events: dict[str, list[Event]] = {}
        letters: list[Letter] = []
        registry = self.database.registry
        for partition, records in fresh.items():
            place, of_topic = places[partition], events.setdefault(partition.topic, [])
            parked = await self._parked_keys(tx, partition, records, place)
            for record in records:
                headers = dict(record.headers)
                if place.is_repeat(headers):
                    continue
                if record.key in parked:
                    letters.append(Letter(record, BEHIND, parks_key=True))
                    continue
                try:
                    of_topic.append(decode(record, registry, headers))
                except Unreadable as error:
                    letters.append(Letter(record, error.reason, parks_key=False, secret=error.secret))
            place.newly_parked = sum(
                letter.parks_key
                for letter in letters
                if letter.record.partition == partition.partition and letter.record.topic == partition.topic
            )
        if letters:
            await deadletters.park(tx, self.group, letters)
        for topic, of_topic in events.items():
            if of_topic:
                await self.handlers[topic](of_topic, tx)

    async def _parked_keys(
        self, tx: Tx, partition: TopicPartition, records: Records, place: Place
    ) -> set[bytes]:
        if not place.parked:
            return set()
        keys = [record.key for record in records if record.key]
        return await deadletters.parked_keys(tx, self.group, partition.topic, partition.partition, keys)

    async def park(self, partition: TopicPartition, record: ConsumerRecord[Any, Any], reason: str) -> None:
        """Give up on one record: it and what follows of its key wait in the dead letters.

        Raises Terminal when so many wait already that the fault must lie elsewhere.
        """
        async with self.unit_of_work() as tx:
            place = (await fence.take(tx, self.group, [partition]))[partition]
            if place.parked >= PARKED_PER_PARTITION_MAX:
                raise Terminal(f"{place.parked} dead letters in {partition.topic}: reading stops")
            if place.take([record]):
                place.is_repeat(dict(record.headers))
                await deadletters.park(tx, self.group, [Letter(record, reason, parks_key=True)])
                place.newly_parked = 1
                await fence.advance(tx, self.group, {partition: place})

    def unit_of_work(self) -> AbstractAsyncContextManager[Tx]:
        """A unit of work in the name of this group, for its purpose."""
        actor = Actor("service", f"{self.database.service}/{self.group}")
        return self.database.unit_of_work(actor, self.purpose)


@dataclass(slots=True, frozen=True)
class RawApplier(Applier):
    """Applies every record as it is, repeats and unreadable ones too: what the log needs."""

    raw: RawHandler

    async def deliver(
        self, tx: Tx, fresh: Mapping[TopicPartition, Records], places: Mapping[TopicPartition, Place]
    ) -> None:
        """Hand over all records with the word whether each repeats an earlier one."""
        records = [
            RawRecord(
                r.topic, r.partition, r.offset, r.key, tuple(r.headers), r.value,
                places[partition].is_repeat(dict(r.headers)),
            )
            for partition, batch in fresh.items()
            for r in batch
        ]  # fmt: skip
        if records:
            await self.raw(records, tx)

    async def park(self, partition: TopicPartition, record: ConsumerRecord[Any, Any], reason: str) -> None:
        """A log with a hole is no log: raises Terminal, and reading stops until the cause is mended."""
        raise Terminal(f"{record.topic}-{partition.partition} stops at {record.offset}: {reason}")


def _check_gap(
    partition: TopicPartition, records: Records, place: Place,
    known_gaps: frozenset[tuple[TopicPartition, int]],
) -> None:  # fmt: skip
    if records[0].offset > place.next_offset and (partition, place.next_offset) not in known_gaps:
        raise Gap(partition, place.next_offset)
