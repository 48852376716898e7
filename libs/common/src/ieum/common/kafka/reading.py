"""Reading topics once, from their start to their present end, with no group and no trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

if TYPE_CHECKING:
    from aiokafka.structs import ConsumerRecord

POLL_MS = 500


async def read_all(
    bootstrap: str, partitions: Iterable[TopicPartition]
) -> AsyncIterator[ConsumerRecord[Any, Any]]:
    """Every record that is there now, in offset order within each partition; what comes later is left."""
    wanted = list(partitions)
    async for record in _read(bootstrap, dict.fromkeys(wanted, 0), None):
        yield record


async def read_between(
    bootstrap: str, places: Mapping[TopicPartition, tuple[int, int]]
) -> AsyncIterator[ConsumerRecord[Any, Any]]:
    """The records of each partition from the first offset to before the second, in offset order.

    Waits for what is not there yet: the second offset must not lie beyond the partition's end.
    """
    wanted = {partition: place for partition, place in places.items() if place[0] < place[1]}
    begins = {partition: begin for partition, (begin, _) in wanted.items()}
    ends = {partition: end for partition, (_, end) in wanted.items()}
    async for record in _read(bootstrap, begins, ends):
        yield record


async def _read(
    bootstrap: str, begins: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int] | None
) -> AsyncIterator[ConsumerRecord[Any, Any]]:
    if not begins:
        return
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign(list(begins))
        until = ends or await consumer.end_offsets(list(begins))
        for partition, begin in begins.items():
            if begin:
                consumer.seek(partition, begin)
        while [p for p in begins if await consumer.position(p) < until[p]]:
            for partition, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                for record in records:
                    if record.offset < until[partition]:
                        yield record
    finally:
        await consumer.stop()
