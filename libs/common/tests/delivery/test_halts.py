"""What stops a reader, what it waits for, and how letters are redriven, on a real Kafka and Postgres."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from ieum.common.kafka import applying, redriving
from ieum.common.kafka.applying import Applier
from ieum.common.kernel.errors import Refusal, Terminal
from ieum.common.postgres.pool import AWAY

from .world import World, insert_effects, until

pytestmark = pytest.mark.servers


def _group(world: World) -> str:
    return f"group-{world.topic}"


async def _count(world: World, table: str) -> int:
    return int((await world.fetch(f"select count(*) from {table}"))[0][0])


async def _numbers(world: World) -> list[int]:
    return [row["number"] for row in await world.fetch("select number from effect order by at")]


async def _read_all(world: World, count: int) -> None:
    """Publish and read until there are so many effects, then stop everything."""
    await world.publish("a", list(range(count)))
    world.relay()
    world.consumer(insert_effects)
    await until(lambda: _reached(world, "effect", count))
    await world.stop()


async def _reached(world: World, table: str, count: int) -> bool:
    return await _count(world, table) >= count


async def test_a_stored_offset_beyond_the_topics_end_stops_the_reader(small_world: World) -> None:
    """The topic lost records, or is another one of the same name: going on would skip events."""
    await _read_all(small_world, 3)
    await small_world.fetch(
        "update consumer_offset set next_offset = next_offset + 1000 where next_offset > 0"
    )
    reader = small_world.consumer(insert_effects)
    await until(lambda: reader.halted is not None)
    assert reader.halted is not None
    assert "which ends at 3" in reader.halted
    assert reader.ready() == reader.halted
    assert await _numbers(small_world) == [0, 1, 2]


async def test_offsets_of_another_cluster_stop_the_reader(small_world: World) -> None:
    await _read_all(small_world, 3)
    await small_world.fetch("update consumer_offset set cluster = 'elsewhere'")
    reader = small_world.consumer(insert_effects)
    await until(lambda: reader.halted is not None)
    assert "stands in cluster ['elsewhere']" in str(reader.halted)
    assert await _numbers(small_world) == [0, 1, 2]


async def test_too_many_dead_letters_stop_the_reader_instead_of_emptying_the_topic_into_them(
    small_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "PARKED_PER_PARTITION_MAX", 2)

    async def broken(_events: list[Any], _tx: Any) -> None:
        raise Terminal("the handler is broken")

    for key in range(30):
        await small_world.publish(f"k{key}", [key])
    small_world.relay()
    reader = small_world.consumer(broken)
    await until(lambda: reader.halted is not None)
    assert "dead letters" in str(reader.halted)
    assert "reading stops" in str(reader.halted)
    parked = await small_world.fetch("select part, count(*) as letters from dead_letter group by part")
    assert max(row["letters"] for row in parked) <= 2


async def _park(world: World) -> None:
    """Events of the key `bad` are parked from the number 13 on."""

    async def picky(events: list[Any], tx: Any) -> None:
        if any(event.data.number == 13 for event in events):
            raise Refusal("unlucky", ko="안 됩니다.", en="No.")
        await insert_effects(events, tx)

    await world.publish("bad", [12, 13, 14, 15])
    world.relay()
    world.consumer(picky)
    await until(lambda: _reached(world, "dead_letter", 3))
    await world.stop()


async def test_letters_are_redriven_in_the_order_of_their_key(small_world: World) -> None:
    await _park(small_world)
    applier = Applier(
        small_world.database, _group(small_world), "operation", {small_world.topic: insert_effects}
    )
    done = await redriving.redrive(applier)
    assert (done.applied, done.failed) == (3, 0)
    assert await _numbers(small_world) == [12, 13, 14, 15]
    assert await _count(small_world, "dead_letter") == 0
    await small_world.publish("bad", [16])
    small_world.relay()
    small_world.consumer(insert_effects)
    await until(lambda: _reached(small_world, "effect", 5))
    assert await _numbers(small_world) == [12, 13, 14, 15, 16], "the key waits no longer"


async def test_what_is_behind_a_letter_that_fails_again_stays_behind_it(small_world: World) -> None:
    await _park(small_world)

    async def still_picky(events: list[Any], tx: Any) -> None:
        if events[0].data.number == 13:
            raise Refusal("still-unlucky", ko="안 됩니다.", en="No.")
        await insert_effects(events, tx)

    applier = Applier(
        small_world.database, _group(small_world), "operation", {small_world.topic: still_picky}
    )
    done = await redriving.redrive(applier)
    assert (done.applied, done.failed) == (0, 1)
    assert await _numbers(small_world) == [12]
    reasons = [
        row["reason"] for row in await small_world.fetch("select reason from dead_letter order by offs")
    ]
    assert reasons[0] == "still-unlucky"
    assert len(reasons) == 3


async def test_a_letter_alone_is_not_redriven_past_an_earlier_one_of_its_key(small_world: World) -> None:
    await _park(small_world)
    applier = Applier(
        small_world.database, _group(small_world), "operation", {small_world.topic: insert_effects}
    )
    last = (await small_world.fetch("select max(id) from dead_letter"))[0][0]
    done = await redriving.redrive(applier, last)
    assert (done.applied, done.failed) == (0, 0)
    assert await _count(small_world, "dead_letter") == 3


async def test_a_failing_letter_does_not_stand_before_those_of_other_keys(small_world: World) -> None:
    """The last to be parked comes first by place and fails again: the others are applied all the same."""
    applied: list[str] = []

    async def broken(_events: list[Any], _tx: Any) -> None:
        raise Terminal("broken")

    async def one_fails(events: list[Any], _tx: Any) -> None:
        if events[0].subject == culprit:
            raise Terminal("this one again")
        applied.append(events[0].subject)

    for key, number in (("x", 1), ("y", 2), ("z", 3)):
        await small_world.publish(key, [number])
    small_world.relay()
    small_world.consumer(broken)
    await until(lambda: _reached(small_world, "dead_letter", 3))
    await small_world.stop()
    await small_world.fetch("update dead_letter set part = 100 - id")
    culprit = (await small_world.fetch("select key from dead_letter order by id desc"))[0][0].decode()
    applier = Applier(small_world.database, _group(small_world), "operation", {small_world.topic: one_fails})
    done = await redriving.redrive(applier)
    assert (done.applied, done.failed) == (2, 1)
    assert sorted(applied) == sorted({"x", "y", "z"} - {culprit})


async def test_a_discarded_letter_lets_its_key_go_on(small_world: World) -> None:
    await _park(small_world)
    applier = Applier(
        small_world.database, _group(small_world), "operation", {small_world.topic: insert_effects}
    )
    for row in await small_world.fetch("select id from dead_letter"):
        assert await redriving.discard(applier, row["id"])
        assert not await redriving.discard(applier, row["id"])
    await small_world.publish("bad", [16])
    small_world.relay()
    small_world.consumer(insert_effects)
    await until(lambda: _reached(small_world, "effect", 2))
    assert await _numbers(small_world) == [12, 16]


async def test_a_database_that_lets_nobody_in_is_waited_for_and_nothing_is_parked(
    small_world: World, postgres: Any
) -> None:
    """All its connections are cut and no new one is let in, as when it fails over; then it is back."""
    await small_world.publish("a", [1])
    small_world.relay()
    small_world.consumer(insert_effects)
    await until(lambda: _reached(small_world, "effect", 1))
    await small_world.publish("a", [2, 3])
    name = small_world.database.dsn.rpartition("/")[2]
    admin = await asyncpg.connect(postgres.dsn)
    try:
        await admin.execute(f"alter database {name} allow_connections false")
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name)
        with pytest.raises(AWAY):
            await small_world.fetch("select 1")
    finally:
        await admin.execute(f"alter database {name} allow_connections true")
        await admin.close()
    await until(lambda: _has_read(small_world, [1, 2, 3]))
    assert await _count(small_world, "dead_letter") == 0


async def _has_read(world: World, numbers: list[int]) -> bool:
    try:
        return await _numbers(world) == numbers
    except AWAY:
        return False
