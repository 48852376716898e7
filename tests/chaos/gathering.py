"""Collects the facts of a run from outside: Kafka is read, Postgres asked as a superuser, mails listed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any

from aiokafka.structs import ConsumerRecord

from ieum.common.events.registry import Registry
from ieum.common.local.names import SERVICES
from ieum.common.testing import outside
from ieum.common.testing.platform import Platform

from .facts import Facts, Leaf, Message, Record

_PEOPLE = "select id::text from person"
_APPLICATIONS = "select id::text from application"
# A row for each fact that matching counts as published about the application.
_RANKED = """
select a.id::text from application a, generate_series(1, a.version)
where a.state in ('ranked', 'ineligible')"""
_MESSAGES = """select id::text, fact::text, recipient::text, purpose, application::text, state from message"""
_LEAVES = "select leaf_index as index, topic, part as partition, offs as offset, repeats from ledger_leaf"
_PARKED = (
    "select grp || ' ' || topic || '-' || part || '@' || offs || ': ' || reason as letter from dead_letter"
)
_UNSENT = "select count(*) as rows from outbox"
_STANDING = "select grp, topic, part, next_offset from consumer_offset"


async def gather(platform: Platform, *, people: Iterable[str], applications: Iterable[str]) -> Facts:
    """All facts as they are at this moment; the services should be at rest."""
    topics = _topics()
    records = [
        record for batch in await _each(_read(platform, topic) for topic in topics) for record in batch
    ]
    return Facts(
        people=frozenset(people),
        applications=frozenset(applications),
        stored_people=await _column(platform, "intake", _PEOPLE),
        stored_applications=await _column(platform, "intake", _APPLICATIONS),
        ranked=await _column(platform, "matching", _RANKED),
        records=tuple(records),
        messages=tuple(Message(**row) for row in await _rows(platform, "notify", _MESSAGES)),
        mails=tuple(str(mail["Message-ID"]) for mail in outside.mail(platform.home.mail)),
        leaves=tuple(Leaf(**row) for row in await _rows(platform, "audit", _LEAVES)),
        logged=frozenset(name for name, topic in topics.items() if topic.logged),
        parked=tuple([letter for name in SERVICES for letter in await _column(platform, name, _PARKED)]),
        waiting=tuple([line for name in SERVICES for line in await _waiting(platform, name, records)]),
    )


async def _waiting(platform: Platform, name: str, records: list[Record]) -> list[str]:
    """What a service has not sent, and what its groups have not read."""
    lines = []
    unsent = (await _rows(platform, name, _UNSENT))[0]["rows"]
    if unsent:
        lines.append(f"{name} has {unsent} rows in its outbox")
    ends: dict[tuple[str, int], int] = {}
    for record in records:
        ends[record.place] = max(ends.get(record.place, 0), record.offset + 1)
    for row in await _rows(platform, name, _STANDING):
        end = ends.get((row["topic"], row["part"]), 0)
        if row["next_offset"] != end:
            lines.append(
                f"{row['grp']} stands at {row['next_offset']} of {end} in {row['topic']}-{row['part']}"
            )
    return lines


def _topics() -> dict[str, Any]:
    """The topics that keep every record: of a compacted one the offsets need not be contiguous."""
    return {name: topic for name, topic in Registry.load().topics.items() if topic.retention == "forever"}


async def _read(platform: Platform, topic: str) -> list[Record]:
    return [_record(raw) for raw in await outside.read_raw(platform.kafka.bootstrap, topic)]


async def _each(readings: Iterable[Any]) -> list[Any]:
    return await asyncio.gather(*readings)


def _record(raw: ConsumerRecord[Any, Any]) -> Record:
    headers = {name: value.decode() for name, value in raw.headers}
    data = json.loads(raw.value)
    epoch, _, n = headers["ce_position"].partition(":")
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        key=raw.key.decode(),
        id=headers["ce_id"],
        type=headers["ce_type"],
        source=headers["ce_source"],
        subject=headers["ce_subject"],
        sequence=int(headers["ce_sequence"]),
        position=(int(epoch), int(n)),
        cause=headers.get("ce_causationid"),
        about=data.get("application"),
    )


async def _rows(platform: Platform, name: str, sql: str) -> list[dict[str, Any]]:
    return await outside.query(platform.database(name), sql)


async def _column(platform: Platform, name: str, sql: str) -> tuple[str, ...]:
    return tuple(next(iter(row.values())) for row in await _rows(platform, name, sql))
