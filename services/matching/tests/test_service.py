"""The whole service between a real Kafka and a real Postgres: facts go in, a ranked match comes out."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from ieum.common.events.registry import Registry
from ieum.common.kafka import topics
from ieum.common.privacy.keys import WRAP_ALG, KeyWrapper, kid_of
from ieum.common.privacy.objects import seal
from ieum.matching.app import build
from ieum.matching.settings import MatchingSettings

from .facts import application, firm, opening, person, profile, programme, uid
from .world import Place, empty

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event

pytestmark = pytest.mark.servers
SECONDS = 60


async def test_what_intake_tells_on_kafka_is_answered_with_a_ranked_match(
    empty_kafka: Any, place: Place
) -> None:
    """The application is sent first, its facts after it; keys lie on their own topic, as in intake."""
    await empty(place)
    await topics.create(empty_kafka.bootstrap, Registry.load())
    settings = MatchingSettings(kafka=empty_kafka.bootstrap, database=place.dsn, secrets=place.secrets)
    name = f"person {uuid4()}"
    wrapper = KeyWrapper(settings.secret("kek"))
    keys = {kind: wrapper.new() for kind in ("profile", "application")}
    kids = {kind: kid_of(uid(name), kind) for kind in keys}
    sealed = seal(profile(), keys["profile"][0], kids["profile"], uuid4())
    service = build(settings)
    await service.start()
    try:
        producer = AIOKafkaProducer(bootstrap_servers=empty_kafka.bootstrap)
        await producer.start()
        for kind, (_, wrapped) in keys.items():
            value = {"kid": kids[kind], "alg": WRAP_ALG, "wrapped": b64encode(wrapped).decode()}
            await producer.send_and_wait("intake-keys", json.dumps(value).encode(), key=kids[kind].encode())
        for event in (application(name, "o1"), programme(), firm("o1"), opening("o1"), person(name, sealed)):
            await _send(producer, event)
        await producer.stop()
        found = await asyncio.wait_for(_ranked(empty_kafka.bootstrap, uid(f"application {name}")), SECONDS)
    finally:
        await service.stop()
    assert found["eligible"] is True
    assert [one["opening"] for one in found["suggestions"]] == [str(uid("o1"))]
    assert found["private"]["application"]["kid"] == kids["application"]


async def _send(producer: AIOKafkaProducer, event: Event) -> None:
    await producer.send_and_wait(event.topic, event.value, key=event.key, headers=list(event.headers))


async def _ranked(bootstrap: str, application_id: object) -> dict[str, Any]:
    consumer = AIOKafkaConsumer(
        "matching-matches", bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        async for record in consumer:
            data: dict[str, Any] = json.loads(record.value)
            if data["application"] == str(application_id):
                assert record.key == str(application_id).encode()
                return data
    finally:
        await consumer.stop()
    raise AssertionError("the topic ended")
