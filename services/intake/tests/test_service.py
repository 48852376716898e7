"""Intake between a real Kafka and a real Postgres: what is committed is told, and what is told is shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import TopicPartition

from ieum.common.events.intake import PersonContact
from ieum.common.events.matching import MatchRanked
from ieum.common.events.model import Sealed
from ieum.common.events.registry import Registry
from ieum.common.kafka import topics
from ieum.common.kafka.keyring import KeyRing
from ieum.common.privacy.keys import KeyWrapper
from ieum.common.privacy.objects import open_sealed
from ieum.intake.keys.jobs import reconcile

from .conftest import Prepared
from .world import PROGRAMME, World, empty, world

pytestmark = pytest.mark.servers
SECONDS = 40


@pytest.fixture
async def running(empty_kafka: Any, prepared: Prepared) -> AsyncIterator[World]:
    """The whole service, with relay and consumers."""
    await topics.create(empty_kafka.bootstrap, Registry.load())
    async with world(prepared.dsn, prepared.secrets, prepared.prefix, empty_kafka.bootstrap) as made:
        await empty(made.admin_dsn)
        await made.service.start()
        try:
            yield made
        finally:
            await made.service.stop()


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until a condition holds, and give what it gave; fails when it does not in time."""
    async with asyncio.timeout(SECONDS):
        while not (found := await condition()):  # noqa: ASYNC110 - it lies in other processes
            await asyncio.sleep(0.05)
        return found


async def read(bootstrap: str, topic: str, key: str) -> list[Any]:
    """The records of a key, in order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in range(Registry.load().topic(topic).partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[Any] = []
        while any([await consumer.position(one) < ends[one] for one in partitions]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += [record for record in batch if record.key == key.encode()]
        return found
    finally:
        await consumer.stop()


async def test_a_person_registered_over_http_is_opened_elsewhere_until_erased(running: World) -> None:
    """Another service's key ring opens the event from Kafka alone; after the erasure it has no key."""
    bootstrap = running.service.settings.kafka
    person = await running.person()
    (record,) = await until(lambda: read(bootstrap, "intake-people", person))
    headers = dict(record.headers)
    assert headers["ce_source"] == b"/ieum/daegu/intake"
    assert headers["ce_subject"] == person.encode()
    assert "홍길동" not in record.value.decode()
    sealed = Sealed.model_validate(json.loads(record.value)["private"]["contact"])
    ring = KeyRing(bootstrap, KeyWrapper(bytes.fromhex((running.secrets / "kek").read_text())))
    following = asyncio.create_task(ring.run())
    try:
        keys = await ring.fetch(None, [sealed.kid])
        assert open_sealed(sealed, keys[sealed.kid], PersonContact).name == "홍길동"
        assert (await running.post(f"people/{person}/erasure")).status_code == 201

        async def gone() -> bool:
            return not await ring.fetch(None, [sealed.kid])

        await until(gone)
    finally:
        ring.stop()
        await following
    erased = await until(lambda: _second(bootstrap, person))
    assert sorted(json.loads(erased.value)["record_classes"]) == ["application", "contact", "profile"]
    assert dict(erased.headers)["ce_sequence"] == b"2"


async def test_a_key_that_a_restored_backup_brings_back_is_destroyed_again(running: World) -> None:
    """The row of a destroyed key is put back as a restore does; keys that live, told or not yet, stay."""
    person, other = await running.person(), await running.person(phone="010-0999-0000")
    sql = "select * from person_key where person = $1 and record_class = 'contact'"
    [row] = await running.fetch(sql, UUID(person))
    assert (await running.post(f"people/{person}/erasure")).status_code == 201

    async def sent() -> bool:
        return not await running.fetch("select 1 from outbox")

    await until(sent)
    columns = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await running.fetch(f"insert into person_key values ({columns})", *row.values())
    ring = KeyRing(running.service.settings.kafka, KeyWrapper(bytes(32)))
    running.advance(minutes=1)
    untold = await running.person(phone="010-0888-0000")
    assert await reconcile(running.service, ring) == 1
    left = {str(one["person"]) for one in await running.fetch("select person from person_key")}
    assert left == {other, untold}
    buried = await running.fetch("select kid from key_burial where person = $1", UUID(person))
    assert len(buried) == 4


async def _second(bootstrap: str, person: str) -> Any:
    found = await read(bootstrap, "intake-people", person)
    return found[1] if len(found) > 1 else None


async def test_what_matching_tells_on_kafka_is_in_the_timeline(running: World) -> None:
    await running.market("Y22-001")
    person = await running.person()
    id_ = (await running.apply(person, ["Y22-001"])).json()["id"]
    fact = MatchRanked(
        application=id_, person=person, programme=PROGRAMME, eligible=False, failed_rules=["age"]
    )
    headers = {
        "ce_id": str(uuid4()), "ce_type": fact.event_type, "ce_source": f"/ieum/test/{uuid4()}",
        "ce_time": "2022-02-16T00:00:00+00:00", "ce_subject": id_, "ce_sequence": "1",
        "ce_correlationid": str(uuid4()),
    }  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=running.service.settings.kafka)
    await producer.start()
    try:
        for _ in range(2):
            await producer.send_and_wait(
                "matching-matches",
                fact.model_dump_json().encode(),
                key=id_.encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )
    finally:
        await producer.stop()

    async def told() -> bool:
        return bool((await running.get(f"applications/{id_}")).json()["status"] == "ineligible")

    await until(told)
    assert len((await running.get(f"applications/{id_}")).json()["timeline"]) == 2
