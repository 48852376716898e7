"""Where a group stands: read when partitions are assigned, checked against the cluster that is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from aiokafka.structs import TopicPartition

from ieum.common.kernel.errors import Terminal

if TYPE_CHECKING:
    from ieum.common.postgres.transaction import Tx

_ENSURE = """
insert into consumer_offset (grp, topic, part, cluster)
select $1, topic, part, $4 from unnest($2::text[], $3::int[]) as wanted (topic, part)
on conflict do nothing"""

_READ = """
select topic, part, next_offset, cluster from consumer_offset
join unnest($2::text[], $3::int[]) as wanted (topic, part) using (topic, part) where grp = $1"""


async def stored(
    tx: Tx, group: str, cluster: str, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """The next offset of each partition, with a row made where there is none.

    Raises Terminal if the offsets were stored for another cluster: reading on would skip or repeat.
    """
    wanted = list(partitions)
    arguments = (group, [p.topic for p in wanted], [p.partition for p in wanted])
    await tx.execute(_ENSURE, *arguments, cluster)
    rows = await tx.fetch(_READ, *arguments)
    foreign = {row["cluster"] for row in rows} - {cluster}
    if foreign:
        raise Terminal(f"group {group} stands in cluster {sorted(foreign)}, but this is cluster {cluster}")
    return {TopicPartition(row["topic"], row["part"]): row["next_offset"] for row in rows}


def check_ends(group: str, places: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> None:
    """Raise Terminal where a stored offset lies beyond the topic's end: the topic lost records."""
    for partition, offset in places.items():
        if offset > ends[partition]:
            raise Terminal(
                f"group {group} stands at {offset} of {partition.topic}-{partition.partition}, "
                f"which ends at {ends[partition]}"
            )
