"""A scenario recorded from a real Kafka and played to it again, as other people's facts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.structs import TopicPartition

from ieum.common.events.envelope import Attributes, Event, headers_of
from ieum.common.events.intake import KeyIssued, PersonContact
from ieum.common.events.model import EventData, PrivateData
from ieum.common.events.registry import Registry, Topic
from ieum.common.kafka import topics
from ieum.common.kafka.keyring import KeyRing
from ieum.common.kafka.reading import read_all
from ieum.common.kafka.records import decode
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.keys import KeyWrapper, kid_of
from ieum.common.privacy.objects import open_sealed, seal
from ieum.common.replay import play, record

pytestmark = pytest.mark.servers
AT = datetime(2026, 11, 20, 1, tzinfo=UTC)
KEK = b"w" * 32


@dataclass
class World:
    bootstrap: str
    registry: Registry
    topic: str
    model: Any

    async def send(
        self, person: UUID, name: str, *, value: bytes | None = None, id_: UUID | None = None
    ) -> None:
        event = id_ or uuid4()
        private = seal(PersonContact(name=name), b"k" * 32, kid_of(person, "contact"), event)
        data = self.model(friend=person, private={"contact": private})
        headers = headers_of(
            self.model.event_type, Attributes(event, "/ieum/daegu/intake", AT, str(person), 1, "c")
        )
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(
                self.topic, value or data.model_dump_json().encode(), key=str(person).encode(),
                headers=[(name, text.encode()) for name, text in headers],
            )  # fmt: skip
        finally:
            await producer.stop()

    async def events(self) -> list[Event]:
        partitions = [
            TopicPartition(self.topic, p) for p in range(self.registry.topic(self.topic).partitions)
        ]
        return [decode(raw, self.registry) async for raw in read_all(self.bootstrap, partitions)]


@pytest.fixture
async def world(kafka: Any) -> World:
    name = f"intake-friends-{uuid4().hex[:8]}"

    class Befriended(EventData):
        event_type: ClassVar[str] = "kr.ieum.intake.friend.made.v1"
        topic: ClassVar[str] = name
        private_models: ClassVar[dict[str, type[PrivateData]]] = {"contact": PersonContact}
        friend: UUID

    topic = Topic(
        name=name, owner="intake", producers=("intake",), key="aggregate id", partitions=3,
        retention="forever", largest_record_bytes=10_000, logged=True, readers=("ieum",),
        types=(Befriended.event_type,), consumers=(),
    )  # fmt: skip
    registry = Registry([topic, Registry.load().topic("intake-keys")], [Befriended, KeyIssued])
    await topics.create(kafka.bootstrap, registry)
    return World(kafka.bootstrap, registry, name, Befriended)


async def test_what_was_recorded_plays_as_facts_about_new_people_that_can_be_opened(world: World) -> None:
    people = [uuid4() for _ in range(8)]
    for person in people:
        await world.send(person, "홍길동")
    made = await record.record(world.bootstrap, [world.topic], world.registry)
    assert len(made.events) == 8
    assert "홍길동" not in "".join(event.model_dump_json() for event in made.events)

    run = uuid4()
    assert await play.play(world.bootstrap, made.events, world.registry, KEK, run) == 8
    played = [event for event in await world.events() if event.replayed]
    assert len(played) == 8
    assert not {event.subject for event in played} & {str(person) for person in people}
    names: dict[str, str] = {}
    ring = KeyRing(world.bootstrap, KeyWrapper(KEK))
    reading = asyncio.create_task(ring.run())
    try:
        for event in played:
            sealed = event.data.private["contact"]
            keys = await ring.fetch(None, [sealed.kid])
            names[event.subject] = open_sealed(sealed, keys[sealed.kid], PersonContact).name
    finally:
        ring.stop()
        await reading
    expected = {play.new_ids(run, e.key): e.data["private"]["contact"]["name"] for e in made.events}
    assert names == expected


async def test_resends_and_what_nobody_can_read_are_left_out_and_counted(world: World) -> None:
    person, id_ = uuid4(), uuid4()
    await world.send(person, "홍길동", id_=id_)
    await world.send(person, "홍길동", id_=id_)
    await world.send(person, "홍길동", value=b"no json")
    made = await record.record(world.bootstrap, [world.topic], world.registry)
    assert (len(made.events), made.repeats, made.unreadable) == (1, 1, 1)


async def test_keys_are_never_recorded(world: World) -> None:
    with pytest.raises(Refusal, match="keys-not-recorded"):
        await record.record(world.bootstrap, ["intake-keys"], world.registry)


async def test_a_cluster_tagged_as_production_takes_no_replay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "PRODUCTION", f"ieum-production-{uuid4().hex[:8]}")
    await world.send(uuid4(), "홍길동")
    made = await record.record(world.bootstrap, [world.topic], world.registry)
    await topics.tag_as_production(world.bootstrap)
    await topics.tag_as_production(world.bootstrap)
    with pytest.raises(Refusal, match="production"):
        await play.play(world.bootstrap, made.events, world.registry, KEK, uuid4())
    assert len(await world.events()) == 1


def test_the_commands_record_play_and_compare(kafka: Any, tmp_path: Path) -> None:
    """Through the command line, on the real topics: an empty choice of them is a scenario without events."""
    from ieum.common.replay.commands import app

    out, kek = tmp_path / "scenario.jsonl", tmp_path / "kek"
    kek.write_text(KEK.hex())
    asyncio.run(topics.create(kafka.bootstrap, Registry.load()))
    run = {"exit_on_error": False, "result_action": "return_value"}
    app(["record", "--topics", "audit-checkpoints", "--out", str(out), "--kafka", kafka.bootstrap], **run)
    app(["play", str(out), "--kafka", kafka.bootstrap, "--kek", str(kek)], **run)
    with pytest.raises(SystemExit) as ended:
        app(["compare", str(out), str(out)], **run)
    assert ended.value.code == 0
