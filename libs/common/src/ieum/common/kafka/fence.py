"""The fence: a group's place in each partition, in the same transaction as the effect.

Whoever applies a batch locks the row of the partition first. A second reader of the same partition
waits there, then finds itself behind and drops everything; so does a reader that begins again after a
crash. What the relay sent twice is known by its position (`epoch:n` only grows within a source).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka.structs import TopicPartition

from ieum.common.kafka.records import position_in

if TYPE_CHECKING:
    from aiokafka.structs import ConsumerRecord

    from ieum.common.postgres.transaction import Tx

Batches = Mapping[TopicPartition, Sequence["ConsumerRecord[Any, Any]"]]

_TAKE = """
select o.topic, o.part, o.next_offset, o.seen, o.parked from consumer_offset o
join unnest($2::text[], $3::int[]) as wanted (topic, part) using (topic, part)
where o.grp = $1 order by o.topic, o.part for update of o"""

_ADVANCE = """
update consumer_offset o set next_offset = n.next_offset, seen = n.seen, parked = o.parked + n.parked
from unnest($2::text[], $3::int[], $4::bigint[], $5::jsonb[], $6::int[])
  as n (topic, part, next_offset, seen, parked)
where o.grp = $1 and o.topic = n.topic and o.part = n.part"""


class Gap(Exception):
    """Records begin after the stored place: reading must begin again at `offset`."""

    def __init__(self, partition: TopicPartition, offset: int) -> None:
        super().__init__(f"{partition.topic}-{partition.partition} must be read from {offset}")
        self.partition = partition
        self.offset = offset


@dataclass(slots=True)
class Place:
    """One partition's row: the next offset to apply, what was seen by source, how many keys are parked."""

    next_offset: int
    seen: dict[str, list[int]]
    parked: int
    newly_parked: int = 0

    def take(self, records: Sequence[ConsumerRecord[Any, Any]]) -> Sequence[ConsumerRecord[Any, Any]]:
        """Those records that are new, and move on past all of them."""
        if records[0].offset < self.next_offset:
            records = [record for record in records if record.offset >= self.next_offset]
        if records:
            self.next_offset = records[-1].offset + 1
        return records

    def is_repeat(self, headers: Mapping[str, bytes | None]) -> bool:
        """Whether a record that was taken repeats an earlier one; to be asked of each, in order."""
        position = position_in(headers)
        if position is None:
            return False
        source, epoch, n = position
        highest = self.seen.setdefault(source, [-1, -1])
        if epoch < highest[0] or (epoch == highest[0] and n <= highest[1]):
            return True
        highest[0], highest[1] = epoch, n
        return False


async def take(tx: Tx, group: str, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Place]:
    """Lock the rows of these partitions, in one order for everybody."""
    wanted = list(partitions)
    rows = await tx.fetch(_TAKE, group, [p.topic for p in wanted], [p.partition for p in wanted])
    return {
        TopicPartition(row["topic"], row["part"]): Place(row["next_offset"], row["seen"], row["parked"])
        for row in rows
    }


async def advance(tx: Tx, group: str, places: Mapping[TopicPartition, Place]) -> None:
    """Write the places back, with the effect or not at all."""
    await tx.execute(
        _ADVANCE,
        group,
        [p.topic for p in places],
        [p.partition for p in places],
        [place.next_offset for place in places.values()],
        [place.seen for place in places.values()],
        [place.newly_parked for place in places.values()],
    )
