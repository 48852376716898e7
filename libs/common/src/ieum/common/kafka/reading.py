"""Reading topics once, from their start to their present end, with no group and no trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
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
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap.split(","), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign(wanted)
        ends = await consumer.end_offsets(wanted)
        while [p for p in wanted if await consumer.position(p) < ends[p]]:
            for partition, records in (await consumer.getmany(timeout_ms=POLL_MS)).items():
                for record in records:
                    if record.offset < ends[partition]:
                        yield record
    finally:
        await consumer.stop()
