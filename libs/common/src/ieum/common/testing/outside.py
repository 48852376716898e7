"""Looking at the platform from outside: Kafka, Postgres and the mail folder, read without its own code.

A test that read through the code under test would share its mistakes.
"""

from __future__ import annotations

import asyncio
import email
import json
from dataclasses import dataclass
from email import policy
from typing import TYPE_CHECKING, Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from email.message import EmailMessage
    from pathlib import Path

    from aiokafka.structs import ConsumerRecord

OPENED_MS = 2_000
DELETED_SECONDS = 20.0
POLL_SECONDS = 0.05

_TABLES = "select tablename from pg_tables where schemaname = 'public'"
_STANDING = "select topic, part, next_offset from consumer_offset"


@dataclass(frozen=True)
class Fact:
    """One CloudEvent in Kafka: its headers without `ce_`, its data, and where and when it was written."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: str
    headers: dict[str, str]
    data: dict[str, Any]

    @property
    def id(self) -> str:
        """The event's id."""
        return self.headers["id"]

    @property
    def subject(self) -> str:
        """The id of the aggregate that it is about."""
        return self.headers["subject"]

    @property
    def short_type(self) -> str:
        """Its type without service and version: `match.ranked`."""
        return ".".join(self.headers.get("type", "....").split(".")[3:-1])


async def read(bootstrap: str, topic: str) -> list[Fact]:
    """All records of a topic as facts, by time; tombstones and what is not JSON are left out."""
    facts = [_fact(record) for record in await read_raw(bootstrap, topic)]
    return sorted((fact for fact in facts if fact), key=lambda fact: (fact.timestamp_ms, fact.offset))


async def read_raw(bootstrap: str, *topics: str) -> list[ConsumerRecord[Any, Any]]:
    """All records of these topics from their beginning to their present end, each partition in order."""
    partitions = await _partitions(bootstrap, topics)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends = {p: end for p, end in (await consumer.end_offsets(partitions)).items() if end}
        records: list[ConsumerRecord[Any, Any]] = []
        while any([await consumer.position(p) < end for p, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=OPENED_MS)).values():
                records += batch
        return records
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        found = await admin.describe_topics(list(topics))
        return [
            TopicPartition(each["topic"], part["partition"]) for each in found for part in each["partitions"]
        ]
    finally:
        await admin.close()


def _fact(record: ConsumerRecord[Any, Any]) -> Fact | None:
    try:
        data = json.loads(record.value)
        headers = {name.removeprefix("ce_"): (value or b"").decode() for name, value in record.headers}
    except (TypeError, ValueError):
        return None
    key = (record.key or b"").decode(errors="replace")
    return Fact(record.topic, record.partition, record.offset, record.timestamp, key, headers, data)


async def query(dsn: str, sql: str, *arguments: object) -> list[dict[str, Any]]:
    """Rows as dictionaries."""
    connection = await asyncpg.connect(dsn)
    try:
        return [dict(row) for row in await connection.fetch(sql, *arguments)]
    finally:
        await connection.close()


async def traces(bootstrap: str, dsns: Mapping[str, str], text: str) -> list[str]:
    """Where in the services' tables and in Kafka's topics this text lies, as it is or as bytes in hex."""
    tables = await asyncio.gather(*(_tables_with(name, dsn, text) for name, dsn in dsns.items()))
    return [place for found in tables for place in found] + await _topics_with(bootstrap, text.encode())


async def _tables_with(name: str, dsn: str, text: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        tables = [row["tablename"] for row in await connection.fetch(_TABLES)]
        sql = 'select exists (select 1 from "{}" as r where r::text like any ($1))'
        likes = [f"%{text}%", f"%{text.encode().hex()}%"]
        return [
            f"table {name}.{table}" for table in tables if await connection.fetchval(sql.format(table), likes)
        ]
    finally:
        await connection.close()


async def _topics_with(bootstrap: str, needle: bytes) -> list[str]:
    records = await read_raw(bootstrap, *await _topics(bootstrap))
    return sorted({f"topic {record.topic}" for record in records if _holds(record, needle)})


def _holds(record: ConsumerRecord[Any, Any], needle: bytes) -> bool:
    parts = [record.key, record.value, *(value for _, value in record.headers)]
    return any(needle in part for part in parts if part)


async def settled(bootstrap: str, dsns: Mapping[str, str]) -> bool:
    """Whether every outbox is empty and every group of ours stands at the end of what it reads."""
    for dsn in dsns.values():
        if (await query(dsn, "select exists (select 1 from outbox) as waiting"))[0]["waiting"]:
            return False
    standing = [row for dsn in dsns.values() for row in await query(dsn, _STANDING)]
    ends = await _ends(bootstrap, {TopicPartition(row["topic"], row["part"]) for row in standing})
    return all(row["next_offset"] >= ends[TopicPartition(row["topic"], row["part"])] for row in standing)


async def _ends(bootstrap: str, partitions: set[TopicPartition]) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, group_id=None)
    await consumer.start()
    try:
        return dict(await consumer.end_offsets(list(partitions)))
    finally:
        await consumer.stop()


def mail(folder: Path) -> list[EmailMessage]:
    """The messages in a Maildir's `new`, in the order of their names."""
    paths = sorted((folder / "new").glob("*.eml"))
    return [email.message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def body(message: EmailMessage) -> str:
    """A message's subject and plain text."""
    part = message.get_body(("plain",))
    return f"{message['Subject']}\n{part.get_content() if part else ''}"


async def _topics(bootstrap: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return {topic for topic in await admin.list_topics() if not topic.startswith("__")}
    finally:
        await admin.close()


async def forget_topics(bootstrap: str) -> None:
    """Delete the topics of the register, so that a platform on new databases begins with empty ones.

    Other tests of the same run may have left records there that the platform's keys do not open.
    """
    from ieum.common.events.registry import Registry

    ours = set(Registry.load().topics)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = ours & set(await admin.list_topics())
        if there:
            await admin.delete_topics(sorted(there))
        async with asyncio.timeout(DELETED_SECONDS):
            while ours & set(await admin.list_topics()):  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(POLL_SECONDS)
    finally:
        await admin.close()


async def renew_topics(bootstrap: str) -> None:
    """Delete the topics of the register and make them again, empty."""
    from ieum.common.events.registry import Registry
    from ieum.common.kafka.topics import create

    await forget_topics(bootstrap)
    await create(bootstrap, Registry.load())


async def drop(dsn: str, prefix: str) -> None:
    """Drop the databases and roles of a platform that has ended."""
    connection = await asyncpg.connect(dsn)
    try:
        like = prefix.replace("_", r"\_") + r"\_%"
        for row in await connection.fetch("select datname from pg_database where datname like $1", like):
            await connection.execute(f'drop database "{row["datname"]}" with (force)')
        for row in await connection.fetch("select rolname from pg_roles where rolname like $1", like):
            await connection.execute(f'drop owned by "{row["rolname"]}"')
            await connection.execute(f'drop role "{row["rolname"]}"')
    finally:
        await connection.close()
