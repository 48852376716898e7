"""Sending rows to Kafka so that the order within each partition holds whatever fails.

At most one batch of a partition is under way: the next is sent when the one before is acknowledged, so a
batch that fails never lets a later one of its partition through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from aiokafka.partitioner import murmur2

from ieum.common.kernel.clock import SystemClock

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

Place = tuple[str, int]


@dataclass(slots=True, frozen=True)
class Row:
    """One record to be sent."""

    topic: str
    key: bytes
    value: bytes | None
    headers: list[tuple[str, bytes]]
    timestamp_ms: int


@lru_cache(maxsize=50_000)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key, as Kafka's own clients choose it (murmur2)."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


async def send_in_order(
    producer: AIOKafkaProducer, rows: Sequence[Row], partitions: Mapping[str, int]
) -> None:
    """Send and wait for every acknowledgement; raises KafkaError with an unknown part of it arrived."""
    places: dict[Place, list[Row]] = {}
    for row in rows:
        places.setdefault((row.topic, partition_of(row.key, partitions[row.topic])), []).append(row)
    try:
        async with asyncio.TaskGroup() as group:
            for place, of_place in places.items():
                group.create_task(_send_to(producer, place, of_place))
    except ExceptionGroup as several:  # whoever retries asks for a KafkaError, not for a group of them
        raise several.exceptions[0] from several


async def _send_to(producer: AIOKafkaProducer, place: Place, rows: Sequence[Row]) -> None:
    for batch in _batches(producer, rows):
        await (await producer.send_batch(batch, place[0], partition=place[1]))


def _batches(producer: AIOKafkaProducer, rows: Sequence[Row]) -> Iterator[Any]:
    # Kafka refuses records more than an hour ahead (message.timestamp.after.max.ms), and development's
    # clock may be days ahead. The event's own time is in its headers.
    latest_ms = int(SystemClock().now().timestamp() * 1000)
    batch = producer.create_batch()
    for row in rows:
        if _append(batch, row, latest_ms) is None:
            yield batch
            batch = producer.create_batch()
            _append(batch, row, latest_ms)
    if batch.record_count():
        yield batch


def _append(batch: Any, row: Row, latest_ms: int) -> Any:
    timestamp_ms = min(row.timestamp_ms, latest_ms)
    return batch.append(timestamp=timestamp_ms, key=row.key, value=row.value, headers=row.headers)
