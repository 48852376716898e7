"""The events that are measured: applications of about 400 bytes with five choices, as intake sends them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from ieum.common.events.envelope import Attributes, headers_of
from ieum.common.events.intake import ApplicationSubmitted
from ieum.common.events.matching import MatchRanked, Suggestion
from ieum.common.events.registry import Registry, Topic
from ieum.common.kafka import topics
from ieum.common.kafka.options import PRODUCER
from ieum.common.kafka.records import POSITION
from ieum.common.kafka.sending import Row, send_in_order
from ieum.common.kernel.ids import new_id

PARTITIONS = 6
SOURCE = "/ieum/bench/intake"
BEGIN = datetime(2022, 9, 1, tzinfo=UTC)
_CHANCE = random.Random(0)
OPENINGS = [UUID(int=_CHANCE.getrandbits(128), version=4) for _ in range(40)]
CHUNK = 5_000


class Submitted(ApplicationSubmitted):
    """The real model on a topic of the bench's own."""

    topic: ClassVar[str] = "bench-applications"


class Ranked(MatchRanked):
    """The event out for each event in."""

    topic: ClassVar[str] = "bench-matches"


@dataclass(frozen=True)
class Sent:
    """One event: its key, headers and value as the outbox holds them."""

    key: str
    time: datetime
    headers: list[tuple[str, str]]
    value: bytes


def registry() -> Registry:
    """The register of the bench: two topics, six partitions each."""
    return Registry([_topic(Submitted, "intake"), _topic(Ranked, "matching")], [Submitted, Ranked])


def _topic(model: type[Any], producer: str) -> Topic:
    law = Registry.load().topic(model.__base__.topic)
    changes = {"name": model.topic, "partitions": PARTITIONS, "types": (model.event_type,)}
    return law.model_copy(update={**changes, "producers": (producer,), "consumers": ("bench",)})


def applications(count: int, seed: int = 1) -> Iterator[Sent]:
    """That many submitted applications, the same for the same seed but for the ids' random bits."""
    chance = random.Random(seed)
    for n in range(count):
        moment = BEGIN + timedelta(milliseconds=n)
        subject = str(UUID(int=chance.getrandbits(128), version=4))
        data = Submitted(
            person=UUID(int=chance.getrandbits(128), version=4),
            programme="yes-matching",
            programme_version=1,
            choices=chance.sample(OPENINGS, 5),
            channel="csv",
            agency="daegu-youth-centre",
            submitted_at=moment,
        )
        event = Attributes(new_id(moment), SOURCE, moment, subject, 1, str(new_id(moment)))
        value = data.model_dump_json(exclude={"private"}).encode()
        yield Sent(subject, moment, headers_of(data.event_type, event), value)


def ranked(data: Any) -> Ranked:
    """What matching would answer to an application."""
    best = Suggestion(opening=data.choices[0], organisation=data.person, rank=1, score=800)
    about = {"application": data.person, "person": data.person, "programme": data.programme}
    return Ranked(**about, eligible=True, failed_rules=[], suggestions=[best])


async def make_topics(bootstrap: str) -> None:
    """Make the topics anew: a server of others may hold those of an earlier run."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        there = set(await admin.list_topics()) & registry().topics.keys()
        if there:
            await admin.delete_topics(list(there))
        while set(await admin.list_topics()) & there:  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(0.1)
    finally:
        await admin.close()
    await topics.create(bootstrap, registry())


async def fill_topic(bootstrap: str, count: int) -> int:
    """Send the applications to a fresh topic, numbered as the relay does; returns the mean value bytes."""
    await make_topics(bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, **PRODUCER)
    await producer.start()
    size = 0
    try:
        rows: list[Row] = []
        for n, sent in enumerate(applications(count), start=1):
            headers = [(name, value.encode()) for name, value in sent.headers]
            headers.append((POSITION, b"1:%d" % n))
            milliseconds = int(sent.time.timestamp() * 1000)
            rows.append(Row(Submitted.topic, sent.key.encode(), sent.value, headers, milliseconds))
            size += len(sent.value)
            if len(rows) == CHUNK or n == count:
                await send_in_order(producer, rows, {Submitted.topic: PARTITIONS})
                rows = []
    finally:
        await producer.stop()
    return size // count
