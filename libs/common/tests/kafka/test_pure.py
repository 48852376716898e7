"""The decisions of reading and sending, without a server: delays, the fence, ends, partitions."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import TopicPartition
from faststream import AckPolicy
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.events.registry import Registry
from ieum.common.kafka.delays import Delays
from ieum.common.kafka.fence import Place
from ieum.common.kafka.offsets import check_ends
from ieum.common.kafka.options import SUBSCRIBER, check, make_broker
from ieum.common.kafka.sending import partition_of
from ieum.common.kafka.topics import config_of
from ieum.common.kernel.errors import Terminal
from ieum.common.kernel.retry import RetryPolicy

T0 = datetime(2026, 11, 22, tzinfo=UTC)
ONE, TWO = TopicPartition("t", 0), TopicPartition("t", 1)


def _after(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


@pytest.fixture
def delays() -> Delays:
    return Delays(RetryPolicy(first_delay_seconds=1, factor=2, delay_seconds_max=4, give_up_after_seconds=10))


def test_delays_of_one_record_grow_until_it_is_given_up(delays: Delays) -> None:
    waits, now = [], 0.0
    while (delay := delays.failed(ONE, 7, _after(now))) is not None:
        waits.append((delay.until - _after(now)).total_seconds())
        now += waits[-1]
    assert waits == [1, 2, 4, 3]
    assert now == 10
    assert not delays.holds_back(ONE, 8)


def test_a_failed_record_holds_back_what_follows_it_and_no_other_partition(delays: Delays) -> None:
    """However soon it is due: only its own success or parking lets the rest of its partition go on."""
    delays.failed(ONE, 7, T0)
    assert delays.holds_back(ONE, 8)
    assert not delays.holds_back(ONE, 7)
    assert not delays.holds_back(TWO, 8)
    assert delays.due(_after(0.9)) == []
    assert delays.due(_after(1)) == [ONE]
    assert delays.holds_back(ONE, 8)


def test_another_record_begins_anew(delays: Delays) -> None:
    delays.failed(ONE, 7, T0)
    delays.failed(ONE, 7, _after(1))
    again = delays.failed(ONE, 8, _after(20))
    assert again is not None
    assert (again.attempts, again.since) == (1, _after(20))


def test_a_delay_is_forgotten_only_when_its_record_is_behind(delays: Delays) -> None:
    delays.failed(ONE, 7, T0)
    delays.passed(ONE, 7)
    assert delays.holds_back(ONE, 8)
    delays.passed(ONE, 8)
    assert not delays.holds_back(ONE, 8)
    delays.failed(TWO, 1, T0)
    delays.keep_only({ONE})
    assert not delays.holds_back(TWO, 2)


@dataclass
class Record:
    offset: int
    headers: tuple[tuple[str, bytes], ...] = ()


def _record(offset: int, position: str | None = None, source: str = "/a") -> Any:
    if position is None:
        return Record(offset, (("ce_source", source.encode()),))
    return Record(offset, (("ce_source", source.encode()), ("ce_position", position.encode())))


def _offsets(records: Any) -> list[int]:
    return [record.offset for record in records]


def test_what_lies_before_the_stored_place_is_dropped() -> None:
    place = Place(5, {}, 0)
    assert _offsets(place.take([_record(n) for n in (3, 4, 5, 6)])) == [5, 6]
    assert place.next_offset == 7


def test_a_batch_that_is_all_behind_moves_nothing() -> None:
    place = Place(5, {}, 0)
    assert place.take([_record(3), _record(4)]) == []
    assert place.next_offset == 5


def test_offsets_may_have_holes() -> None:
    place = Place(5, {}, 0)
    assert _offsets(place.take([_record(8), _record(11)])) == [8, 11]
    assert place.next_offset == 12


def _repeats(place: Place, records: list[Any]) -> list[int]:
    """The offsets of the records that the place knows for repeats, each asked of in order."""
    return [record.offset for record in place.take(records) if place.is_repeat(dict(record.headers))]


def _batch(*positions: str) -> list[Any]:
    return [_record(offset, position) for offset, position in enumerate(positions)]


def test_a_resend_is_known_by_its_position_and_still_counted_as_read() -> None:
    place = Place(0, {}, 0)
    assert _repeats(place, _batch("1:1", "1:2", "1:1", "1:2", "1:3")) == [2, 3]
    assert place.next_offset == 5
    assert place.seen == {"/a": [1, 3]}


def test_positions_are_compared_as_numbers_and_epochs_first() -> None:
    place = Place(0, {"/a": [2, 9]}, 0)
    assert _repeats(place, _batch("2:10", "1:99", "3:1", "2:11", "10:1")) == [1, 3]
    assert place.seen == {"/a": [10, 1]}


def test_sources_are_apart_and_a_stranger_without_positions_never_repeats() -> None:
    place = Place(0, {"/a": [1, 5]}, 0)
    records = [_record(0, "1:1", "/b"), _record(1), _record(2), _record(3, "1:5")]
    assert _repeats(place, records) == [3]
    assert place.seen == {"/a": [1, 5], "/b": [1, 1]}


@given(st.lists(st.integers(1, 30), max_size=60), st.integers(0, 2**32))
def test_however_a_stream_is_cut_and_resent_each_position_is_applied_once(
    sizes: list[int], seed: int
) -> None:
    """A relay that resends any tail of what it sent, a reader that re-reads any tail of what it read."""
    rng = random.Random(seed)
    sent: list[int] = []
    for size in sizes:
        newest = max(sent, default=0)
        start = max(1, newest + 1 - rng.randrange(5))
        sent += range(start, start + max(size, newest - start + 1))
    log = [_record(offset, f"1:{position}") for offset, position in enumerate(sent)]
    place, applied, at = Place(0, {}, 0), list[int](), 0
    while at < len(log):
        begin, end = max(0, at - rng.randrange(4)), min(len(log), at + rng.randrange(1, 9))
        taken = place.take(log[begin:end])
        applied += [sent[record.offset] for record in taken if not place.is_repeat(dict(record.headers))]
        at = end
    assert applied == list(range(1, max(sent, default=0) + 1))


def test_a_stored_offset_beyond_the_end_stops_the_reader() -> None:
    check_ends("g", {ONE: 10, TWO: 0}, {ONE: 10, TWO: 3})
    with pytest.raises(Terminal, match="group g stands at 11 of t-0, which ends at 10"):
        check_ends("g", {ONE: 11}, {ONE: 10})


@given(st.binary(min_size=1, max_size=80), st.integers(1, 100))
def test_a_key_goes_where_kafkas_own_clients_send_it(key: bytes, partitions: int) -> None:
    everything = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everything, everything)


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)],
)
def test_the_partitioner_is_javas(key: bytes, murmur2: int) -> None:
    """Vectors of Apache Kafka's UtilsTest.testMurmur2."""
    assert partition_of(key, 2**31) == murmur2 & 0x7FFFFFFF


def test_facts_are_kept_for_ever_and_keys_are_compacted() -> None:
    register = Registry.load()
    facts, keys = config_of(register.topic("intake-people")), config_of(register.topic("intake-keys"))
    assert (facts["cleanup.policy"], facts["retention.ms"], facts["retention.bytes"]) == (
        "delete",
        "-1",
        "-1",
    )
    assert keys["cleanup.policy"] == "compact"
    assert int(facts["max.message.bytes"]) > register.topic("intake-people").largest_record_bytes


def _broker(**changes: Any) -> Any:
    broker = make_broker("127.0.0.1:1", "test")
    broker.subscriber("t", **({"group_id": "g"} | SUBSCRIBER | changes))
    return broker


async def test_safe_options_pass_and_are_the_ones_that_were_checked() -> None:
    broker = _broker()
    check(broker)
    [subscriber] = broker.subscribers
    assert subscriber.ack_policy is AckPolicy.NACK_ON_ERROR
    assert subscriber.group_id == "g"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *(
            ({"ack_policy": policy}, "would acknowledge before the effect")
            for policy in (AckPolicy.ACK_FIRST, AckPolicy.ACK, AckPolicy.MANUAL)
        ),
        ({"auto_offset_reset": "latest"}, "would skip what came before it"),
        ({"group_id": None}, "has no consumer group"),
    ],
)
async def test_options_that_lose_events_stop_the_service_at_its_start(changes: Any, reason: str) -> None:
    with pytest.raises(Terminal, match=reason):
        check(_broker(**changes))
