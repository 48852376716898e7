"""The peers: the same work with fewer promises."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from .dataset import PARTITIONS, Submitted
from .places import COLUMNS

GET_RECORDS_MAX = 5_000
DRAIN_ROWS = 1_000
_DRAIN = """delete from outbox where id in
  (select id from outbox limit $1 for update skip locked) returning topic, key, headers, value"""


async def bare(bootstrap: str, dsn: str, count: int) -> float:
    """aiokafka's `getmany` and `COPY` of the bytes: no fence, no group, nothing looked at. Seconds."""
    connection = await asyncpg.connect(dsn)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024, fetch_max_wait_ms=50,
    )  # fmt: skip
    await consumer.start()
    done = 0
    begun = time.perf_counter()
    consumer.assign([TopicPartition(Submitted.topic, p) for p in range(PARTITIONS)])
    while done < count:
        batches = await consumer.getmany(timeout_ms=200, max_records=GET_RECORDS_MAX)
        rows = [(r.partition, r.offset, r.key, r.value) for batch in batches.values() for r in batch]
        if rows:
            await connection.copy_records_to_table("effect", columns=COLUMNS, records=rows)
            done += len(rows)
    seconds = time.perf_counter() - begun
    await consumer.stop()
    await connection.close()
    return seconds


async def faststream_each(bootstrap: str, dsn: str, count: int) -> float:
    """A plain FastStream subscriber: body validated, one row, one commit, one acknowledgement a message."""
    connection = await asyncpg.connect(dsn)
    broker = KafkaBroker(bootstrap, logger=None)
    done, times = asyncio.Event(), []

    async def on_submitted(body: Submitted, message: KafkaMessage) -> None:
        if len(times) > count or not body.choices:
            return
        record: Any = message.raw_message
        row = (record.partition, record.offset, record.key, record.value)
        await connection.execute("insert into effect values ($1, $2, $3, $4)", *row)
        times.append(time.perf_counter())
        if len(times) == count + 1:
            done.set()

    broker.subscriber(
        Submitted.topic, group_id=f"each-{dsn.rpartition('_')[2]}", auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )(on_submitted)  # fmt: skip
    await broker.start()
    await done.wait()
    await broker.stop()
    await connection.close()
    return times[-1] - times[0]


async def drain(bootstrap: str, dsn: str, count: int) -> float:
    """An outbox sent in no order: batches by SKIP LOCKED, `send` and gather, then the deletion commits."""
    connection = await asyncpg.connect(dsn)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all")
    await producer.start()
    done = 0
    begun = time.perf_counter()
    while done < count:
        async with connection.transaction():
            rows = await connection.fetch(_DRAIN, DRAIN_ROWS)
            sends = [
                await producer.send(r["topic"], r["value"], r["key"].encode(), headers=_headers(r))
                for r in rows
            ]
            await asyncio.gather(*sends)
        done += len(rows)
    seconds = time.perf_counter() - begun
    await producer.stop()
    await connection.close()
    return seconds


def _headers(row: Any) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in json.loads(row["headers"])]
