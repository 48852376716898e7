"""What a broker or a database does when it refuses, is away at a bad moment, or is asked nonsense."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from ieum.common.kafka.applying import Applier
from ieum.common.kafka.options import make_broker
from ieum.common.kafka.relay import Relay
from ieum.common.kernel.errors import Refusal
from ieum.common.local.ports import choose
from ieum.common.service import dependencies

from .world import World, insert_effects, until

pytestmark = pytest.mark.servers

_TOO_LARGE = """
insert into outbox (topic, key, time, headers, value)
values ($1, 'a', '2026-11-22T00:00:00Z', '[]', convert_to(repeat('x', 2000000), 'utf8'))"""


async def test_a_relay_lives_on_when_the_broker_refuses_a_batch(small_world: World) -> None:
    """The broker refuses a record that is too large; once that is gone, the relay sends what waits."""
    pool = await small_world.database.pool()
    await pool.execute(_TOO_LARGE, small_world.topic)
    small_world.relay()
    await until(lambda: small_world.fetch("select from relay where claimed <> '{}'"))
    await pool.execute("delete from outbox")
    await small_world.publish("a", [1])
    await until(lambda: _sent(small_world, 1))
    [record] = await small_world.records()
    assert (record.key, json.loads(record.value)["number"]) == (b"a", 1)
    await until(lambda: _nothing_waits(small_world))


async def _nothing_waits(world: World) -> bool:
    return await world.fetch("select from outbox") == []


async def _sent(world: World, count: int) -> bool:
    return len(await world.records()) >= count


async def test_a_handler_that_asks_the_database_nonsense_is_parked_and_blocks_nobody(
    small_world: World,
) -> None:
    """The driver refuses an argument before the server sees it: that is no server that is away."""

    async def confused(events: list[Any], tx: Any) -> None:
        if any(event.data.number == 1 for event in events):
            await tx.execute("insert into effect (id) values ($1)", "no uuid")
        await insert_effects(events, tx)

    await small_world.publish("bad", [1])
    await small_world.publish("good", [2, 3, 4])
    small_world.relay()
    small_world.consumer(confused, first_delay_seconds=0.05, give_up_after_seconds=0.2)
    await until(lambda: small_world.fetch("select from dead_letter"))
    await until(lambda: _applied(small_world, 3))
    letters = await small_world.fetch("select key, reason from dead_letter")
    assert [(row["key"], row["reason"]) for row in letters] == [(b"bad", "DataError")]
    effects = await small_world.fetch("select key, number from effect order by number")
    assert [(row["key"], row["number"]) for row in effects] == [("good", 2), ("good", 3), ("good", 4)]


async def _applied(world: World, count: int) -> bool:
    return (await world.fetch("select count(*) from effect"))[0][0] >= count


async def test_a_service_whose_broker_goes_away_while_it_connects_waits_for_it(small_world: World) -> None:
    """The broker answers a first question, is gone when the service connects, and comes back later."""
    port = choose()
    broker = make_broker(f"127.0.0.1:{port}", "test")
    service: Any = SimpleNamespace(
        name="nobody",
        database=small_world.database,
        registry=small_world.registry,
        settings=SimpleNamespace(kafka=small_world.bootstrap),
        health=SimpleNamespace(waiting_for="starting"),
        broker=broker,
    )
    waiting = asyncio.create_task(dependencies.wait(service))
    await until(lambda: "broker away" in str(service.health.waiting_for) or waiting.done())
    assert not waiting.done(), "it gave up"
    server = await asyncio.start_server(lambda r, w: _forward(r, w, small_world.bootstrap), "127.0.0.1", port)
    async with server:
        await asyncio.wait_for(waiting, 20)
        assert service.health.waiting_for is None
        await broker.stop()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, to: str) -> None:
    host, _, port = to.partition(":")
    behind, ahead = await asyncio.open_connection(host, int(port))

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            sink.write(data)
        sink.close()

    await asyncio.gather(pump(reader, ahead), pump(behind, writer))


async def test_a_database_that_goes_away_while_a_record_is_parked_is_waited_for(small_world: World) -> None:
    """The first attempt at parking meets a lost connection; the record is parked, and reading goes on."""
    losses: list[Any] = []

    class Losing(Applier):
        async def park(self, partition: Any, record: Any, reason: str) -> None:
            if not losses:
                losses.append(record)
                raise asyncpg.ConnectionDoesNotExistError
            await super().park(partition, record, reason)

    async def picky(events: list[Any], tx: Any) -> None:
        if any(event.data.number == 1 for event in events):
            raise Refusal("unlucky", ko="안 됩니다.", en="No.")
        await insert_effects(events, tx)

    consumer = small_world.consumer(picky)
    applier = consumer.applier
    consumer.applier = Losing(applier.database, applier.group, applier.purpose, applier.handlers)
    await small_world.publish("bad", [1])
    await small_world.publish("good", [2, 3, 4])
    small_world.relay()
    await until(lambda: small_world.fetch("select from dead_letter where reason = 'unlucky'"))
    await until(lambda: _applied(small_world, 3))
    assert len(losses) == 1


async def test_a_relay_does_not_ask_a_server_that_is_away_without_a_rest(small_world: World) -> None:
    """Work that waits wakes a relay that leads, never one that has just failed."""
    attempts: list[None] = []

    class Failing(Relay):
        async def _once(self) -> None:
            attempts.append(None)
            raise ConnectionRefusedError

    small_world.database.published.set()
    relay = Failing(small_world.database, small_world.bootstrap)
    running = asyncio.create_task(relay.run())
    await until(lambda: len(attempts) >= 2)
    began = len(attempts)
    await asyncio.wait([running], timeout=1)
    relay.stop()
    await running
    assert len(attempts) - began <= 3
