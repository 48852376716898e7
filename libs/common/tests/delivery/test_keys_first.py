"""A key is on Kafka before anything that is sealed under it, whatever the outbox's order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiokafka.structs import TopicPartition

from ieum.common.events.registry import Registry
from ieum.common.kafka import relay, topics
from ieum.common.kafka.reading import read_all
from ieum.common.kafka.relay import Relay
from ieum.common.kafka.sending import send_in_order

from .world import World, until

pytestmark = pytest.mark.servers


async def test_the_relay_sends_keys_before_what_is_sealed_under_them(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between keys and facts it waits for the acknowledgement: seen by reading Kafka at that moment."""
    there: list[tuple[set[str], set[bytes]]] = []
    keys = Registry.load().topic("intake-keys")
    own = small_world.registry
    small_world.database.registry = Registry([*own.topics.values(), keys], own.models.values())
    await topics.create(small_world.bootstrap, small_world.database.registry)
    partitions = [TopicPartition("intake-keys", p) for p in range(keys.partitions)]

    async def watched(producer: Any, rows: Any, counts: Any) -> None:
        facts = {row.topic for row in rows} - {"intake-keys"}
        if facts:
            seen = {raw.key async for raw in read_all(small_world.bootstrap, partitions)}
            there.append((facts, seen))
        await send_in_order(producer, rows, counts)

    monkeypatch.setattr(relay, "send_in_order", watched)
    await small_world.publish("a", [1])
    headers = json.dumps([["ce_id", "x"]])
    kid = f"{small_world.topic}/contact/1"
    await small_world.fetch(
        "insert into outbox (topic, key, time, headers, value) values ('intake-keys', $1, now(), $2, '{}')",
        kid, headers,
    )  # fmt: skip
    part: Relay = small_world.relay()
    await until(lambda: bool(there))
    facts, seen = there[0]
    assert facts == {small_world.topic}
    assert kid.encode() in seen
    assert part.leading
