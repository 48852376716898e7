"""The whole service between a real Kafka and a real Postgres: what is in the topics is in the log, once."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from ieum.audit.app import build
from ieum.audit.ledger.consumers import logged_topics
from ieum.audit.ledger.note import Checkpoint, open_note
from ieum.audit.settings import AuditSettings
from ieum.common.events.audit import CheckpointSigned
from ieum.common.events.registry import Registry
from ieum.common.kafka import topics

from .world import Log, audit_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

pytestmark = pytest.mark.servers
SECONDS = 40


def headers(*, n: int = 0, **changes: bytes | None) -> list[tuple[str, Any]]:
    """Headers of an event; `n` is the relay's number, 0 for a producer without a relay."""
    found: dict[str, bytes | None] = {
        "ce_id": str(uuid4()).encode(),
        "ce_type": b"kr.ieum.intake.programme.published.v1",
        "ce_source": f"/ieum/test/{uuid4()}".encode(),
        "ce_time": b"2026-11-22T00:00:00+00:00",
        "ce_subject": b"yes-matching",
        **({"ce_position": f"1:{n}".encode()} if n else {}),
        **changes,
    }
    return list(found.items())


@asynccontextmanager
async def running(settings: AuditSettings) -> AsyncIterator[Any]:
    """The service, and a Log to look at it with."""
    service = build(settings)
    app = service.application()
    app.state.web.started = True
    await service.start()
    try:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://audit") as client:
            yield Log(service, client, settings.signer(), settings.secrets)
    finally:
        await service.stop()


@pytest.fixture
async def settings(empty_kafka: Any, postgres: Any, tmp_path: Path) -> AsyncIterator[AuditSettings]:
    """A database of its own, and the register's topics on the run's broker."""
    await topics.create(empty_kafka.bootstrap, Registry.load())
    async with audit_database(postgres.dsn, tmp_path / "secrets") as dsn:
        yield AuditSettings(kafka=empty_kafka.bootstrap, database=dsn, secrets=tmp_path / "secrets")


async def send(
    bootstrap: str, topic: str, records: list[tuple[bytes | None, bytes | None, list[Any]]]
) -> None:
    """Send to partition 0, in order."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        sent = [
            await producer.send(topic, value, key=key, headers=found, partition=0)
            for key, value, found in records
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


async def ends(bootstrap: str) -> dict[tuple[str, int], int]:
    """Where the partitions of all logged topics end; empty ones left out."""
    registry = Registry.load()
    partitions = [
        TopicPartition(topic, number)
        for topic in logged_topics(registry)
        for number in range(registry.topic(topic).partitions)
    ]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        found = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    return {(place.topic, place.partition): end for place, end in found.items() if end}


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds; fails when it does not in time."""
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - the condition lies in other processes
            await asyncio.sleep(0.05)


async def signed_size(log: Log) -> int:
    answer = await log.get("checkpoint")
    return Checkpoint.parse(open_note(answer.text, [log.signer.verifier])).size if answer.is_success else -1


async def assert_whole(log: Log, expected: dict[tuple[str, int], int]) -> None:
    """The log holds each record of each partition once, signed and provable."""
    size = sum(expected.values())
    await until(lambda: _reached(log, size))
    report = await log.verify()
    assert report.ok, report.problems
    assert {(p.topic, p.partition): p.expected for p in report.partitions} == expected
    assert report.leaves == size
    assert await log.fetch("select reason from dead_letter") == []


async def _reached(log: Log, size: int) -> bool:
    return await signed_size(log) >= size


async def test_every_record_of_every_logged_topic_is_in_the_log(settings: AuditSettings) -> None:
    """Good ones, resends, and all that other consumers park: nothing is dropped and nothing blocks."""
    source = f"/ieum/test/{uuid4()}".encode()
    resent = headers(n=7, ce_source=source)
    before = (await ends(settings.kafka)).get(("intake-programmes", 0), 0)
    await send(
        settings.kafka,
        "intake-programmes",
        [
            (b"a", b"{}", resent),
            (b"a", b"{}", headers(n=8, ce_source=source)),
            (b"a", b"{}", resent),
            (b"a", b"not json", headers()),
            (b"a", b"{}", headers(ce_type=b"kr.nobody.knows.this.v1")),
            (b"a", b"{}", headers(ce_id=b"\xff")),
            (b"a", b"{}", headers(broken=None)),
            (b"a", None, headers()),
            (None, b"\xff\xfe", []),
            (b"a", b'{"memo": "900101-1234567"}', headers()),
        ],
    )
    await send(settings.kafka, "notify-messages", [(b"m", b"{}", headers())])
    async with running(settings) as log:
        await assert_whole(log, await ends(settings.kafka))
        rows = await log.fetch(
            """select offs - $1 as n, repeats, withheld
            from ledger_leaf join ledger_opening using (leaf_index)
            where topic = 'intake-programmes' and offs >= $1 order by offs""",
            before,
        )
    assert [row["n"] for row in rows if row["repeats"]] == [2]
    assert [(row["n"], row["withheld"]) for row in rows if row["withheld"]] == [(9, "forbidden-number")]
    assert len(rows) == 10


async def test_checkpoints_are_published_and_read_by_any_kafka_client(settings: AuditSettings) -> None:
    await send(settings.kafka, "notify-messages", [(b"m", b"{}", headers())])
    async with running(settings) as log:
        await assert_whole(log, await ends(settings.kafka))
        note = (await log.get("checkpoint")).text
        consumer = AIOKafkaConsumer(
            "audit-checkpoints", bootstrap_servers=settings.kafka, auto_offset_reset="earliest"
        )
        await consumer.start()
        try:
            async with asyncio.timeout(SECONDS):
                async for record in consumer:
                    published = CheckpointSigned.model_validate_json(record.value)
                    if published.note == note:
                        break
        finally:
            await consumer.stop()
    assert dict(record.headers)["ce_type"] == CheckpointSigned.event_type.encode()
    assert published.size == size_of(note)


async def test_while_events_come_a_checkpoint_is_signed_at_least_each_second(settings: AuditSettings) -> None:
    """Half of the pauses are within a second, however busy the machine is in between."""
    async with running(settings) as log:
        coming = asyncio.create_task(_keep_sending(settings.kafka))
        try:
            await until(lambda: _signed(log, 8))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
        rows = await log.fetch("select signed_at from ledger_checkpoint where size > 0 order by size")
    moments = [row["signed_at"] for row in rows]
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    assert median(pauses) <= 1.0, pauses


async def _keep_sending(bootstrap: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        while True:
            await producer.send_and_wait("notify-messages", b"{}", key=b"m", headers=headers(), partition=0)
            await asyncio.sleep(0.05)
    finally:
        await producer.stop()


async def _signed(log: Log, count: int) -> bool:
    return int((await log.fetch("select count(*) from ledger_checkpoint where size > 0"))[0][0]) >= count


def size_of(note: str) -> int:
    return int(note.split("\n")[1])


async def test_a_service_torn_away_and_two_at_once_log_each_record_once(settings: AuditSettings) -> None:
    """A first service is cancelled amid its work; then two replicas work side by side; then all is whole."""
    batch = [(str(n).encode(), b'{"n": 1}', headers()) for n in range(3000)]
    await send(settings.kafka, "intake-applications", batch)
    torn = build(settings)
    await torn.start()
    await until(lambda: _some(torn))
    for task in torn._tasks:
        task.cancel()
    await asyncio.gather(*torn._tasks, return_exceptions=True)
    await torn.broker.stop()
    await torn.database.close()
    await send(settings.kafka, "intake-openings", batch[:500])
    async with running(settings), running(settings.model_copy(update={"replica": "1"})) as log:
        await assert_whole(log, await ends(settings.kafka))


async def _some(service: Any) -> bool:
    try:
        pool = await service.database.pool()
        return bool(await pool.fetchval("select size from ledger_state"))
    except OSError:
        return False
