"""One effect per event and order per key, on a real Kafka and a real Postgres."""

from __future__ import annotations

from typing import Any

import pytest

from ieum.common.kafka.sending import partition_of
from ieum.common.kernel.errors import Refusal

from .world import World, insert_effects, until

pytestmark = pytest.mark.servers


async def _effects(world: World) -> int:
    return (await world.fetch("select count(*) from effect"))[0][0]


async def test_every_published_event_has_its_effect_once_and_in_order(small_world: World) -> None:
    for turn in range(10):
        for key in ("a", "b", "c", "d"):
            await small_world.publish(key, list(range(turn * 5, turn * 5 + 5)))
    small_world.relay()
    small_world.consumer(insert_effects)
    await until(lambda: _reached(small_world, 200))
    rows = await small_world.fetch(
        "select key, array_agg(number order by at) as numbers from effect group by key"
    )
    assert {row["key"]: row["numbers"] for row in rows} == {key: list(range(50)) for key in "abcd"}


async def _reached(world: World, count: int) -> bool:
    return await _effects(world) >= count


async def test_headers_are_cloudevents_and_positions_only_grow(small_world: World) -> None:
    await small_world.publish("a", [1, 2, 3])
    await small_world.publish("b", [1])
    small_world.relay()
    await until(lambda: _sent(small_world, 4))
    records = await small_world.records()
    for record in records:
        headers = dict(record.headers)
        assert headers["ce_specversion"] == b"1.0"
        assert headers["ce_type"] == small_world.noted.event_type.encode()
        assert headers["content-type"] == b"application/json"
        assert record.key == headers["ce_subject"]
    by_partition: dict[int, list[int]] = {}
    for record in records:
        n = int(dict(record.headers)["ce_position"].partition(b":")[2])
        by_partition.setdefault(record.partition, []).append(n)
    assert all(numbers == sorted(set(numbers)) for numbers in by_partition.values())


async def _sent(world: World, count: int) -> bool:
    return len(await world.records()) >= count


async def test_a_relay_that_died_after_sending_repeats_and_nobody_applies_it_twice(
    small_world: World,
) -> None:
    await small_world.publish("a", [1, 2, 3])
    pool = await small_world.database.pool()
    small_world.relay()
    await until(lambda: _sent(small_world, 3))
    await small_world.stop()
    # What a death between Kafka's acknowledgement and the deletion leaves: the claim and its rows.
    await small_world.publish("a", [4])
    row = await pool.fetchrow("select id from outbox")
    await pool.execute("update relay set claimed = array[$1::bigint]", row["id"])
    small_world.relay()
    await until(lambda: _sent(small_world, 4))
    await small_world.stop()
    await pool.execute("update relay set next_n = next_n - 1")
    await small_world.publish("a", [5])
    await pool.execute("update relay set claimed = (select array_agg(id) from outbox)")
    small_world.relay()
    small_world.consumer(insert_effects)
    await until(lambda: _reached(small_world, 4))
    await small_world.publish("a", [6])
    await until(lambda: _last(small_world, 6))
    numbers = [r["number"] for r in await small_world.fetch("select number from effect order by at")]
    assert numbers == [1, 2, 3, 4, 6], "the record numbered like an earlier one is taken for its repeat"


_LIKE_ANEW = "update relay set origin = '', epoch = 1, next_n = 1"
_FROM_A_DUMP = """begin; create temporary table kept on commit drop as table relay;
truncate relay; insert into relay table kept; commit"""


@pytest.mark.parametrize("lost", [_LIKE_ANEW, _FROM_A_DUMP], ids=["made anew", "restored in place"])
async def test_what_a_database_sends_after_its_loss_is_never_taken_for_a_repeat(
    small_world: World, lost: str
) -> None:
    """Kafka and the reader live on with the numbers of before; the database knows of older ones or none."""
    pool = await small_world.database.pool()
    small_world.relay()
    await small_world.publish("a", [1])
    await until(lambda: _sent(small_world, 1))
    dumped = await pool.fetchval("select next_n from relay")
    small_world.consumer(insert_effects)
    await small_world.publish("a", [2, 3])
    await until(lambda: _reached(small_world, 3))
    relay = small_world.stops[0]
    relay.stop()
    await small_world.tasks[0]
    await pool.execute("update relay set next_n = $1", dumped)
    await pool.execute(lost)
    small_world.relay()
    await small_world.publish("a", [4, 5])
    await until(lambda: _last(small_world, 5), seconds=60)
    numbers = [r["number"] for r in await small_world.fetch("select number from effect order by at")]
    assert numbers == [1, 2, 3, 4, 5]


async def _last(world: World, number: int) -> bool:
    return bool(await world.fetch("select from effect where number = $1", number))


async def test_a_failing_handler_rolls_back_and_only_the_culprits_key_waits(small_world: World) -> None:
    async def picky(events: list[Any], tx: Any) -> None:
        await insert_effects(events, tx)
        if any(event.data.number == 13 for event in events):
            raise Refusal("unlucky", ko="안 됩니다.", en="No.")

    await small_world.publish("bad", [12, 13, 14])
    await small_world.publish("good", list(range(20, 40)))
    small_world.relay()
    small_world.consumer(picky)
    await until(lambda: _reached(small_world, 21))
    await until(lambda: _letters(small_world, 2))
    letters = await small_world.fetch("select reason, key, value from dead_letter order by offs")
    assert [letter["reason"] for letter in letters] == ["unlucky", "behind an earlier record of its key"]
    assert {letter["key"] for letter in letters} == {b"bad"}
    assert [r["number"] for r in await small_world.fetch("select number from effect where key = 'bad'")] == [
        12
    ]


async def _letters(world: World, count: int) -> bool:
    return (await world.fetch("select count(*) from dead_letter"))[0][0] >= count


async def test_an_unknown_failure_is_tried_again_before_it_is_parked(small_world: World) -> None:
    attempts: list[int] = []

    async def flaky(events: list[Any], tx: Any) -> None:
        if len(events) == 1 and events[0].data.number == 1:
            attempts.append(1)
        if any(event.data.number == 1 for event in events) and len(attempts) < 3:
            raise ZeroDivisionError
        await insert_effects(events, tx)

    await small_world.publish("a", [1, 2])
    small_world.relay()
    small_world.consumer(flaky, first_delay_seconds=0.05)
    await until(lambda: _reached(small_world, 2))
    assert not await small_world.fetch("select from dead_letter")
    assert [r["number"] for r in await small_world.fetch("select number from effect order by at")] == [1, 2]


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ({"ce_type": "kr.nobody.knows.this.v1"}, b"{}", "unregistered-type kr.nobody.knows.this.v1"),
        ({}, b"not json", "invalid-body json_invalid at "),
        ({}, b'{"number": "x"}', "invalid-body int_parsing at number"),
        ({"ce_id": None}, b'{"number": 1}', "missing-header ce_id"),
        ({"ce_time": "yesterday"}, b'{"number": 1}', "bad-header"),
        ({}, None, "no-value"),
    ],
)
async def test_an_unreadable_record_is_parked_with_its_reason_and_blocks_nobody(
    small_world: World, headers: dict[str, Any], value: bytes | None, reason: str
) -> None:
    await small_world.send_raw(b"k", value, small_world.headers(**headers))
    await small_world.send_raw(b"k", b'{"number": 7}', small_world.headers())
    small_world.consumer(insert_effects)
    await until(lambda: _last(small_world, 7))
    [letter] = await small_world.fetch("select reason, parks_key, value from dead_letter")
    assert letter["reason"] == reason
    assert not letter["parks_key"]
    assert letter["value"] == value


@pytest.mark.parametrize(
    ("bad", "reason"),
    [(("x-theirs", None), "null-header"), (("x-theirs", b"\xff\xfe"), "header-not-utf-8")],
)
async def test_a_header_that_is_null_or_no_text_is_parked(small_world: World, bad: Any, reason: str) -> None:
    await small_world.send_raw(b"k", b'{"number": 1}', [*small_world.headers(), bad])
    await small_world.send_raw(b"k", b'{"number": 7}', small_world.headers())
    small_world.consumer(insert_effects)
    await until(lambda: _last(small_world, 7))
    [letter] = await small_world.fetch("select reason from dead_letter")
    assert letter["reason"] == reason


async def test_a_forbidden_number_leaves_only_its_position(small_world: World) -> None:
    await small_world.send_raw(
        b"900101-1234567", b'{"number": 1, "memo": "900101-1234567"}', small_world.headers()
    )
    await small_world.send_raw(b"k", b'{"number": 7}', small_world.headers())
    small_world.consumer(insert_effects)
    await until(lambda: _last(small_world, 7))
    [letter] = await small_world.fetch("select * from dead_letter")
    assert letter["reason"] == "forbidden-number"
    assert letter["value"] is None
    assert letter["key"] is None
    assert letter["headers"] is None


async def test_two_readers_of_one_partition_have_one_effect(small_world: World) -> None:
    """Both begin with the same records, as in a rebalance: the fence lets one of them through."""
    small_world.relay()
    first = small_world.consumer(insert_effects, member="a")
    second = small_world.consumer(insert_effects, member="b")
    for turn in range(20):
        await small_world.publish(f"k{turn % 5}", [turn])
    await until(lambda: _reached(small_world, 20))
    assert first.halted is None
    assert second.halted is None
    assert not await small_world.fetch("select from dead_letter")


async def test_a_handlers_own_database_mistake_is_its_failure_not_an_outage(small_world: World) -> None:
    """asyncpg says InterfaceError for a wrong argument too: the record must be parked, not waited for."""

    async def mistaken(events: list[Any], tx: Any) -> None:
        if any(event.data.number == 1 for event in events):
            await tx.execute("select $1::int", "one")
        await insert_effects(events, tx)

    await small_world.publish("a", [1])
    await small_world.publish("b", [2])
    small_world.relay()
    small_world.consumer(mistaken, first_delay_seconds=0.05, give_up_after_seconds=0.2)
    await until(lambda: _letters(small_world, 1))
    await until(lambda: _last(small_world, 2))
    [letter] = await small_world.fetch("select reason from dead_letter")
    assert letter["reason"] == "DataError"


async def test_a_new_version_that_reads_one_topic_more_reads_it(small_world: World) -> None:
    """The broker gives a static member that comes back its old partitions, whatever it subscribes to now."""
    small_world.relay()
    small_world.consumer(insert_effects)
    await small_world.publish("a", [1])
    await until(lambda: _last(small_world, 1))
    await small_world.stop()
    reader = small_world.consumer(insert_effects, also="intake-access")
    both = {small_world.topic, "intake-access"}
    await until(lambda: {p.topic for p in reader.lag()} == both, seconds=40)
    assert {partition.topic for partition in reader.lag()} == both
    assert reader.halted is None
    small_world.relay()
    await small_world.publish("a", [2])
    await until(lambda: _last(small_world, 2))
    rows = await small_world.fetch("select number from effect order by at")
    assert [row["number"] for row in rows] == [1, 2], "and the first topic goes on where it was"


async def test_what_follows_a_failing_record_waits_even_when_its_delay_is_over_at_once(
    small_world: World,
) -> None:
    """A delay shorter than the bisection: the later half must not overtake, nor the record be skipped."""
    keys = [key for key in map(str, range(100)) if partition_of(key.encode(), 3) == 0][:8]

    async def picky(events: list[Any], tx: Any) -> None:
        await insert_effects(events, tx)
        if any(event.data.number == 13 for event in events):
            raise ZeroDivisionError

    for place, key in enumerate(keys):
        await small_world.publish(key, [13 if place == 1 else 20 + place])
    small_world.relay()
    small_world.consumer(picky, first_delay_seconds=0.0001, factor=1.0, give_up_after_seconds=1.0)
    await until(lambda: _reached(small_world, len(keys) - 1))
    await until(lambda: _letters(small_world, 1))
    rows = [row["number"] for row in await small_world.fetch("select number from effect order by at")]
    assert rows == [20, *range(22, 28)]
    [letter] = await small_world.fetch("select reason from dead_letter")
    assert letter["reason"] == "ZeroDivisionError"
