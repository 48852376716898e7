"""Ieum's own parts, wired as a service wires them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from aiokafka.structs import TopicPartition

from ieum.common.events.envelope import Event
from ieum.common.kafka.applying import Applier
from ieum.common.kafka.consumer import Consumer
from ieum.common.kafka.options import make_broker
from ieum.common.kafka.relay import Relay
from ieum.common.kernel import collector
from ieum.common.kernel.clock import SystemClock
from ieum.common.postgres.database import Database
from ieum.common.postgres.transaction import Tx
from ieum.common.privacy.keys import NoKeys

from .dataset import Submitted, ranked, registry
from .places import COLUMNS

POLL_SECONDS = 0.002
OUTBOX_POLL_SECONDS = 0.02


class Timed(Consumer):
    """The consumer, noting when it was given its partitions: the peer begins there too."""

    begun = 0.0

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.begun = time.perf_counter()
        await super().on_partitions_assigned(assigned)


def _database(dsn: str, service: str) -> Database:
    source, clock = f"/ieum/bench/{service}", SystemClock()
    return Database(dsn, service=service, source=source, clock=clock, registry=registry(), keys=NoKeys())


async def effects(events: list[Event], tx: Tx) -> None:
    """One row of effect for each event."""
    rows = [(e.partition, e.offset, e.key, e.value) for e in events]
    await tx.connection.copy_records_to_table("effect", columns=COLUMNS, records=rows)


async def effects_and_events(events: list[Event], tx: Tx) -> None:
    """One row and one event out for each event in."""
    await effects(events, tx)
    for event in events:
        tx.publish(ranked(event.data), subject=event.subject, sequence=1, cause=event)


async def consume(bootstrap: str, dsn: str, count: int) -> float:
    """Once-only into Postgres: fence, validation, effect. Seconds from assignment to the last commit."""
    return await _consume(bootstrap, dsn, count, effects)


async def consume_and_publish(bootstrap: str, dsn: str, count: int) -> float:
    """The same with one event out for each event in, into the outbox."""
    return await _consume(bootstrap, dsn, count, effects_and_events)


async def _consume(bootstrap: str, dsn: str, count: int, handler: Any) -> float:
    database = _database(dsn, "matching")
    collector.relax()  # as every service does
    broker = make_broker(bootstrap, "bench")
    applier = Applier(database, f"bench-{dsn.rpartition('_')[2]}", "operation", {Submitted.topic: handler})
    consumer = Timed(broker, bootstrap, applier, [Submitted.topic], member="bench")
    await broker.connect()
    running = asyncio.create_task(consumer.run())
    # `_next` moves on after the commit.
    while sum(consumer._next.values()) < count and not consumer.halted:  # noqa: ASYNC110 - seen from outside
        await asyncio.sleep(POLL_SECONDS)
    seconds = time.perf_counter() - consumer.begun
    consumer.stop()
    await running
    await broker.stop()
    pool = await database.pool()
    effects_found = await pool.fetchval("select count(*) from effect")
    assert effects_found == count, f"{effects_found} effects of {count} events; {consumer.halted}"
    await database.close()
    return seconds


async def relay(bootstrap: str, dsn: str, count: int) -> float:
    """The outbox to Kafka, in order per key. Seconds from leading to an empty outbox."""
    database = _database(dsn, "intake")
    collector.relax()
    pool = await database.pool()
    part = Relay(database, bootstrap)
    running = asyncio.create_task(part.run())
    while not part.leading:  # noqa: ASYNC110 - seen from outside
        await asyncio.sleep(OUTBOX_POLL_SECONDS)
    begun = time.perf_counter()
    while await pool.fetchval("select exists (select from outbox)"):  # noqa: ASYNC110
        await asyncio.sleep(OUTBOX_POLL_SECONDS)
    seconds = time.perf_counter() - begun
    part.stop()
    await running
    assert await pool.fetchval("select next_n from relay") == count + 1
    await database.close()
    return seconds
