"""Making the read models again from the topics, and comparing them with those that are there.

All of it happens in one transaction. What is built stands in tables of a schema of its own, which is empty
again at the end, so no second copy of anybody is ever committed. While the group's places are locked the
service applies nothing: both sides stand at the same offsets, and what differs was not told by the topics.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka.structs import TopicPartition

from ieum.common.events.registry import Registry
from ieum.common.kafka import fence
from ieum.common.kafka.fence import Place
from ieum.common.kafka.reading import read_all, read_between
from ieum.common.kafka.records import Unreadable, decode
from ieum.common.kernel.errors import Refusal
from ieum.matching.markets import actions, swapping
from ieum.matching.markets.consumers import Markets, Reactions
from ieum.matching.markets.digests import Digest, digests, overall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiokafka.structs import ConsumerRecord

    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx

    Records = AsyncIterator[ConsumerRecord[Any, Any]]

GROUP = "matching-markets"
BATCH = 500
TELLING = "matching-matches"
_OF_APPLICATIONS = tuple(f"kr.ieum.matching.match.{name}.v1" for name in ("ranked", "waitlisted", "unplaced"))

_PARTITIONS = "select topic, part, next_offset from consumer_offset where grp = $1 order by topic, part"
_PARKED = "select topic, part, offs from dead_letter where grp = $1"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The digests of what was there and of what the topics tell, by table; `records`: how many were read.

    `parked`: left out, as the service keeps them as dead letters; `changed`: rows written, by table, where
    the one was put in place of the other.
    """

    present: Mapping[str, Digest]
    rebuilt: Mapping[str, Digest]
    records: int
    parked: int
    changed: Mapping[str, int] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether the topics tell what was there."""
        return overall(self.present) == overall(self.rebuilt)


async def rebuild(tx: Tx, bootstrap: str, *, swap: bool) -> Rebuilt:
    """Build the read models from the topics' beginnings to the service's place in them, and compare.

    `swap`: where they differ, write what the topics tell; what matching decided stays wherever the facts that
    it was decided on are the same, and is decided anew by the service elsewhere. Raises Refusal
    `never-read` where the service has read nothing yet.
    """
    building = _Building(tx, bootstrap)
    await building.read_on(await _places(tx))
    await fence.take(tx, GROUP, building.places)
    await building.read_on(await _places(tx))
    rebuilt = await _within(tx, "rebuild, public")
    present = await _within(tx, "public")
    differ = [table for table, one in rebuilt.items() if present[table] != one]
    changed = await swapping.swap(tx, await _told(bootstrap)) if swap and differ else {}
    await swapping.empty(tx)
    return Rebuilt(present, rebuilt, building.records, building.parked, changed)


async def _within(tx: Tx, path: str) -> dict[str, Digest]:
    await swapping.use(tx, path)
    found = await digests(tx)
    await swapping.use(tx, "public")
    return found


async def _places(tx: Tx) -> dict[TopicPartition, int]:
    rows = await tx.fetch(_PARTITIONS, GROUP)
    if not any(row["next_offset"] for row in rows):
        raise Refusal(
            "never-read",
            ko="매칭 서비스가 아직 아무 기록도 읽지 않았습니다. 서비스를 먼저 시작해 주십시오.",
            en="Matching has read nothing yet. Start the service first.",
        )
    return {TopicPartition(row["topic"], row["part"]): row["next_offset"] for row in rows}


class _Building:
    """What was built so far: the place in each partition, and how much went into it."""

    def __init__(self, tx: Tx, bootstrap: str) -> None:
        self._tx = tx
        self._bootstrap = bootstrap
        self._handlers = Markets(
            Reactions(_nothing, _nothing, _nothing, _nothing, acknowledge=actions.count_acknowledgements)
        ).handlers()
        self.places: dict[TopicPartition, Place] = {}
        self.records = 0
        self.parked = 0

    async def read_on(self, until: Mapping[TopicPartition, int]) -> None:
        """Apply everything from here to these offsets, as the service did, saying nothing."""
        parked = {(row["topic"], row["part"], row["offs"]) for row in await self._tx.fetch(_PARKED, GROUP)}
        for topic in self._handlers:
            wanted = {p: (self._place(p).next_offset, end) for p, end in until.items() if p.topic == topic}
            batch: list[ConsumerRecord[Any, Any]] = []
            async for record in read_between(self._bootstrap, wanted):
                batch.append(record)
                if len(batch) == BATCH:
                    await self._apply(topic, batch, parked)
                    batch = []
            await self._apply(topic, batch, parked)
            for partition, (_, end) in wanted.items():
                self._place(partition).next_offset = end

    def _place(self, partition: TopicPartition) -> Place:
        return self.places.setdefault(partition, Place(0, {}, 0))

    async def _apply(
        self, topic: str, batch: list[ConsumerRecord[Any, Any]], parked: set[tuple[str, int, int]]
    ) -> None:
        self.records += len(batch)
        events = [event for record in batch if (event := self._event(record, parked)) is not None]
        if events:
            await swapping.use(self._tx, "rebuild, public")
            await self._handlers[topic](events, self._tx)
            await swapping.use(self._tx, "public")

    def _event(self, record: ConsumerRecord[Any, Any], parked: set[tuple[str, int, int]]) -> Event | None:
        headers = dict(record.headers)
        if self._place(TopicPartition(record.topic, record.partition)).is_repeat(headers):
            return None
        try:
            if (record.topic, record.partition, record.offset) not in parked:
                return decode(record, self._tx.context.registry, headers)
        except Unreadable:  # the service parked it too, and somebody gave it up since
            pass
        self.parked += 1
        return None


async def _nothing(*_: object) -> None:
    """Nobody acts on what was told long ago."""


async def _told(bootstrap: str) -> dict[str, int]:
    """The highest sequence of what matching told of each application: whatever it tells next comes after."""
    partitions = [TopicPartition(TELLING, n) for n in range(Registry.load().topic(TELLING).partitions)]
    found: dict[str, int] = {}
    async for record in read_all(bootstrap, partitions):
        headers = {name: (value or b"").decode() for name, value in record.headers}
        if headers.get("ce_type") in _OF_APPLICATIONS:
            subject = headers["ce_subject"]
            found[subject] = max(found.get(subject, 0), int(headers["ce_sequence"]))
    return found
