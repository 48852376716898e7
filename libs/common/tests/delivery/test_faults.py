"""The faults that tests put in do what they say, and delivery bears them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ieum.common.kafka.applying import Applier
from ieum.common.kafka.consumer import Consumer
from ieum.common.kafka.options import make_broker
from ieum.common.testing.faults import Failure, deliver_twice, fail_at

from .world import World, insert_effects, until

pytestmark = pytest.mark.servers


async def _numbers(world: World) -> list[int]:
    return [row["number"] for row in await world.fetch("select number from effect order by at")]


async def test_a_batch_that_is_delivered_twice_has_its_effect_once(small_world: World) -> None:
    """The handler's primary key would break on a second effect, and the batch would be parked."""
    handler = {small_world.topic: insert_effects}
    applier = deliver_twice(Applier(small_world.database, "twice", "operation", handler))
    broker = make_broker(small_world.bootstrap, "test")
    consumer = Consumer(broker, small_world.bootstrap, applier, [small_world.topic], member="a")
    small_world.relay()
    await broker.connect()
    running = asyncio.create_task(consumer.run())
    await small_world.publish("a", [1, 2, 3])

    async def applied() -> bool:
        return len(await _numbers(small_world)) >= 3

    await until(applied)
    consumer.stop()
    await running
    await broker.stop()
    assert await _numbers(small_world) == [1, 2, 3]
    assert await small_world.fetch("select 1 from dead_letter") == []


@pytest.mark.parametrize("after", [True, False], ids=["after its work", "instead of it"])
async def test_a_handler_that_fails_once_is_called_again(small_world: World, *, after: bool) -> None:
    failing = fail_at(1, insert_effects, after=after)
    with pytest.raises(Failure):
        await failing([], _Nothing())
    small_world.relay()
    small_world.consumer(fail_at(1, insert_effects, after=after))
    await small_world.publish("a", [1, 2, 3])

    async def applied() -> bool:
        return len(await _numbers(small_world)) >= 3

    await until(applied)
    assert await _numbers(small_world) == [1, 2, 3]


class _Nothing:
    """A transaction in which nothing is done."""

    async def executemany(self, *_: Any) -> None: ...
