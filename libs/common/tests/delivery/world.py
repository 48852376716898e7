"""A small world for delivery tests: one database, one topic of its own, and what reads and writes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from ieum.common.events.intake import IntakeAccessRecorded
from ieum.common.events.model import EventData
from ieum.common.events.registry import Registry, Topic
from ieum.common.kafka import topics
from ieum.common.kafka.applying import Applier
from ieum.common.kafka.consumer import Consumer
from ieum.common.kafka.options import make_broker
from ieum.common.kafka.relay import Relay
from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.retry import RetryPolicy
from ieum.common.postgres.database import Database
from ieum.common.postgres.migrations import COMMON, migrate
from ieum.common.postgres.transaction import Actor
from ieum.common.privacy.keys import NoKeys

ACTOR = Actor("service", "test")


@dataclass
class World:
    """Everything a delivery test needs; `noted` says what the tests call the fact."""

    bootstrap: str
    database: Database
    registry: Registry
    topic: str
    noted: type[EventData]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    stops: list[Any] = field(default_factory=list)

    def relay(self) -> Relay:
        relay = Relay(self.database, self.bootstrap)
        return self._run(relay)

    def consumer(
        self, handler: Any, *, group: str = "", member: str = "a", also: str | None = None, **retry: float
    ) -> Consumer:
        reads = [self.topic, also] if also else [self.topic]
        broker = make_broker(self.bootstrap, "test")
        applier = Applier(
            self.database, group or f"group-{self.topic}", "operation", dict.fromkeys(reads, handler)
        )
        policy = RetryPolicy(**retry) if retry else RetryPolicy()
        consumer = Consumer(broker, self.bootstrap, applier, reads, member=member, policy=policy)

        async def run() -> None:
            await broker.connect()
            await consumer.run()
            await broker.stop()

        consumer_run = asyncio.create_task(run())
        self.tasks.append(consumer_run)
        self.stops.append(consumer)
        return consumer

    def _run(self, part: Any) -> Any:
        self.tasks.append(asyncio.create_task(part.run()))
        self.stops.append(part)
        return part

    async def publish(self, key: str, numbers: list[int]) -> None:
        async with self.database.unit_of_work(ACTOR, "operation") as tx:
            for number in numbers:
                tx.publish(self.noted(number=number), subject=key, sequence=number)

    async def send_raw(
        self, key: bytes | None, value: bytes | None, headers: list[Any] | None = None
    ) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(self.topic, value, key=key, headers=headers or [], partition=0)
        finally:
            await producer.stop()

    def headers(self, **changes: str | None) -> list[tuple[str, bytes]]:
        base = {
            "ce_id": str(uuid4()),
            "ce_type": self.noted.event_type,
            "ce_source": "/ieum/test/elsewhere",
            "ce_time": "2026-11-22T00:00:00+00:00",
            "ce_subject": "k",
            **changes,
        }
        return [(name, value.encode()) for name, value in base.items() if value is not None]

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        pool = await self.database.pool()
        return await pool.fetch(sql, *arguments)

    async def records(self) -> list[Any]:
        """Every record of the topic, by partition and offset."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            partitions = [
                TopicPartition(self.topic, p) for p in range(self.registry.topic(self.topic).partitions)
            ]
            consumer.assign(partitions)
            ends = await consumer.end_offsets(partitions)
            found: list[Any] = []
            while sum(ends.values()) > len(found):
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    found += batch
            return sorted(found, key=lambda r: (r.partition, r.offset))
        finally:
            await consumer.stop()

    async def stop(self) -> None:
        for part in self.stops:
            part.stop()
        await asyncio.wait_for(asyncio.gather(*self.tasks), 20)
        self.stops.clear()
        self.tasks.clear()


async def until(condition: Any, seconds: float = 20) -> None:
    """Wait until an (async) condition holds; fails loudly when it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def world(bootstrap: str, dsn: str, partitions: int = 3) -> AsyncIterator[World]:
    """A database and a topic of its own, gone at the end of the block."""
    mark = uuid4().hex[:8]
    topic_name, database_name = f"intake-notes-{mark}", f"test_{mark}"

    class Noted(EventData):
        event_type: ClassVar[str] = "kr.ieum.intake.note.taken.v1"
        topic: ClassVar[str] = topic_name
        number: int

    topic = Topic(
        name=topic_name, owner="intake", producers=("intake",), key="aggregate id", partitions=partitions,
        retention="forever", largest_record_bytes=10_000, logged=True, readers=("ieum",),
        types=(Noted.event_type,), consumers=("test-group",),
    )  # fmt: skip
    registry = Registry([topic, Registry.load().topic("intake-access")], [Noted, IntakeAccessRecorded])
    await topics.create(bootstrap, registry)
    admin = await asyncpg.connect(dsn)
    await admin.execute(f"create database {database_name}")
    base = dsn.rpartition("/")[0]
    own = await asyncpg.connect(f"{base}/{database_name}")
    await migrate(own, [COMMON])
    await own.execute("create table effect (id uuid primary key, key text, number int, at bigserial)")
    await own.close()
    database = Database(
        f"{base}/{database_name}", service="intake", source="/ieum/test/intake", clock=SystemClock(),
        registry=registry, keys=NoKeys(),
    )  # fmt: skip
    made = World(bootstrap, database, registry, topic_name, Noted)
    try:
        yield made
    finally:
        await made.stop()
        await database.close()
        await admin.execute(f"drop database {database_name} with (force)")
        await admin.close()


async def insert_effects(events: list[Any], tx: Any) -> None:
    """The plain handler: one row an event; a doubled effect breaks the primary key."""
    await tx.executemany(
        "insert into effect (id, key, number) values ($1, $2, $3)",
        [(event.id, event.subject, event.data.number) for event in events],
    )


def ids(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]
