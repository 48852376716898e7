"""What a service tells of itself, from a real reader, outbox and dead letters."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest

from ieum.common.kafka import consumer
from ieum.common.kafka.consumer import Consumer
from ieum.common.kernel.errors import Terminal
from ieum.common.service.health import ServiceHealth, probe
from ieum.common.telemetry import names

from .world import World, insert_effects, until

pytestmark = pytest.mark.servers

_AN_HOUR_AGO = """
insert into outbox (topic, key, time, headers, value)
values ($1, 'a', now() - interval '1 hour', '[]', 'x')"""


def _service(world: World, *readers: Consumer) -> Any:
    """As much of a service as its health looks at."""
    service: Any = SimpleNamespace(
        consumers=list(readers), database=world.database, ring=None, relay=SimpleNamespace(leading=False)
    )
    service.health = ServiceHealth(service)
    service.health.waiting_for = None
    return service


async def test_a_reader_that_stands_still_while_there_is_lag_is_not_alive(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "STALLED_AFTER_SECONDS", 1.0)
    go_on = asyncio.Event()

    async def stuck(events: list[Any], tx: Any) -> None:
        await go_on.wait()
        await insert_effects(events, tx)

    reader = small_world.consumer(stuck)
    health = _service(small_world, reader).health
    small_world.relay()
    await small_world.publish("a", [1])
    await until(health.alive)
    assert health.alive() == [f"{reader.group} makes no progress"]
    go_on.set()
    await until(lambda: not health.alive())
    assert sum(reader.lag().values()) == 0


async def test_a_reader_with_nothing_to_read_does_not_stand_still(small_world: World) -> None:
    """Or the first record after a quiet night would find it dead."""
    reader = small_world.consumer(insert_effects)
    await until(lambda: reader.ready() is None)
    reader._progressed_at -= 3600
    long_ago = reader._progressed_at
    await until(lambda: reader._progressed_at > long_ago + 3500)
    assert not reader.stalled()


async def test_waiting_for_a_server_is_no_standstill(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or an orchestrator would restart what only waits, again and again."""
    monkeypatch.setattr(consumer, "STALLED_AFTER_SECONDS", 1.0)
    asked: list[float] = []

    async def away(_events: list[Any], _tx: Any) -> None:
        asked.append(asyncio.get_running_loop().time())
        raise asyncpg.CannotConnectNowError

    reader = small_world.consumer(away)
    small_world.relay()
    await small_world.publish("a", [1])
    await until(lambda: len(asked) > 1 and asked[-1] - asked[0] > 2.0)
    assert sum(reader.lag().values()) == 1
    assert not reader.stalled()


async def test_the_gauges_tell_lag_the_oldest_outbox_row_and_what_is_parked(small_world: World) -> None:
    go_on = asyncio.Event()

    async def picky(events: list[Any], _tx: Any) -> None:
        if any(event.subject == "bad" for event in events):
            raise Terminal("no")
        await go_on.wait()

    reader = small_world.consumer(picky)
    service = _service(small_world, reader)
    relay = small_world.relay()
    await small_world.publish("bad", [1])
    await until(lambda: small_world.fetch("select from dead_letter"))
    await small_world.publish("good", [1, 2, 3])
    await until(lambda: sum(reader.lag().values()) == 3)
    relay.stop()
    await until(lambda: not relay.leading)
    await small_world.fetch(_AN_HOUR_AGO, small_world.topic)
    await probe(service)
    told = [(one.name, one.value) for one in service.health.metrics()]
    go_on.set()
    assert sum(value for name, value in told if name == names.LAG) == 3
    assert dict(told)[names.PARKED] == 1
    assert 3600 <= dict(told)[names.OUTBOX_AGE] < 3700


async def test_a_database_that_is_away_is_a_reason_not_to_be_ready(small_world: World) -> None:
    service = _service(small_world)
    await probe(service)
    assert service.health.ready() == []

    async def away() -> Any:
        raise ConnectionRefusedError

    service.database = SimpleNamespace(pool=away)
    await probe(service)
    assert service.health.ready() == ["database away (ConnectionRefusedError)"]
