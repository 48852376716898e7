"""A Kafka record to an event, or the one reason why not; CloudEvents 1.0, Kafka binding, binary mode."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from ieum.common.events.envelope import Attributes, headers_of
from ieum.common.events.intake import ApplicationWithdrawn, PersonErased
from ieum.common.events.registry import Registry, Unregistered
from ieum.common.kafka.records import Unreadable, decode, position_of

REGISTRY = Registry.load()
ID, PERSON = UUID("019f0000-0000-7000-8000-000000000001"), UUID("019f0000-0000-7000-8000-000000000002")
AT = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)
BODY = f'{{"person": "{PERSON}", "programme": "yes-matching-2022"}}'.encode()
ATTRIBUTES = Attributes(
    id=ID, source="/ieum/daegu/intake", time=AT, subject="019f-app", sequence=3,
    correlation_id="story", causation_id="cause", traceparent="00-1-2-01",
)  # fmt: skip


@dataclass
class Record:
    headers: tuple[Any, ...]
    value: bytes | None = BODY
    key: bytes | None = b"019f-app"
    topic: str = "intake-applications"
    partition: int = 4
    offset: int = 17


def _headers(**changes: bytes | None) -> tuple[Any, ...]:
    """The headers of a good event, some of them changed; a value of `b"-"` leaves the header out."""
    base: dict[str, Any] = {
        name: value.encode() for name, value in headers_of(ApplicationWithdrawn.event_type, ATTRIBUTES)
    }
    return tuple((name, value) for name, value in {**base, **changes}.items() if value != b"-")


def _decode(headers: tuple[Any, ...], value: bytes | None = BODY) -> Any:
    return decode(Record(headers, value), REGISTRY)  # type: ignore[arg-type]


def test_headers_are_those_of_cloudevents() -> None:
    assert dict(headers_of(ApplicationWithdrawn.event_type, ATTRIBUTES)) == {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(ID),
        "ce_type": "kr.ieum.intake.application.withdrawn.v1",
        "ce_source": "/ieum/daegu/intake",
        "ce_time": "2026-11-22T01:02:03.456789+00:00",
        "ce_subject": "019f-app",
        "ce_dataschema": "https://ieum.kr/schemas/kr.ieum.intake.application.withdrawn.v1.json",
        "ce_sequence": "3",
        "ce_correlationid": "story",
        "ce_causationid": "cause",
        "traceparent": "00-1-2-01",
    }


def test_what_was_written_is_read() -> None:
    event = _decode(_headers())
    assert event.data == ApplicationWithdrawn(person=PERSON, programme="yes-matching-2022")
    assert (event.id, event.type, event.source) == (ID, event.data.event_type, "/ieum/daegu/intake")
    assert (event.time, event.subject, event.sequence) == (AT, "019f-app", 3)
    assert (event.correlation_id, event.causation_id) == ("story", "cause")
    assert (event.topic, event.partition, event.offset) == ("intake-applications", 4, 17)
    assert (event.key, event.value) == (b"019f-app", BODY)
    assert not event.replayed


def test_what_is_optional_may_be_missing() -> None:
    event = _decode(_headers(ce_sequence=b"-", ce_correlationid=b"-", ce_causationid=b"-"))
    assert (event.sequence, event.correlation_id, event.causation_id) == (0, str(ID), None)


def test_unknown_headers_and_fields_of_a_later_publisher_are_ignored() -> None:
    event = _decode((*_headers(), ("ce_new", b"1")), BODY[:-1] + b', "added_later": [1, 2]}')
    assert event.data == ApplicationWithdrawn(person=PERSON, programme="yes-matching-2022")


def test_a_replayed_event_says_so() -> None:
    event = _decode((*_headers(), ("ce_replay", b"run-1")))
    assert event.replayed
    assert event.replay == "run-1"


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ({"ce_id": b"-"}, BODY, "missing-header ce_id"),
        ({"ce_subject": b"-"}, BODY, "missing-header ce_subject"),
        ({"ce_id": b"7"}, BODY, "bad-header"),
        ({"ce_time": b"today"}, BODY, "bad-header"),
        ({"ce_sequence": b"first"}, BODY, "bad-header"),
        ({"traceparent": None}, BODY, "null-header"),
        ({"ce_subject": b"\xff"}, BODY, "header-not-utf-8"),
        ({"ce_type": b"kr.ieum.intake.application.withdrawn.v9"}, BODY,
         "unregistered-type kr.ieum.intake.application.withdrawn.v9"),
        ({}, None, "no-value"),
        ({}, b"", "invalid-body json_invalid at "),
        ({}, b"[]", "invalid-body model_type at "),
        ({}, b'{"programme": "p"}', "invalid-body missing at person"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_why(headers: dict[str, Any], value: bytes | None, reason: str) -> None:
    with pytest.raises(Unreadable) as told:
        _decode(_headers(**headers), value)
    assert told.value.reason == reason
    assert not told.value.secret


def test_a_reason_never_repeats_what_the_body_said() -> None:
    with pytest.raises(Unreadable) as told:
        _decode(_headers(), '{"person": "홍길동", "programme": "p"}'.encode())
    assert "홍길동" not in told.value.reason


def test_a_forbidden_number_is_secret_wherever_it_stands() -> None:
    with pytest.raises(Unreadable) as told:
        _decode(_headers(), BODY[:-1] + b', "memo": "900101-1234568"}')
    assert told.value.reason == "forbidden-number"
    assert told.value.secret


@pytest.mark.parametrize(
    ("headers", "position"),
    [
        ((("ce_source", b"/a"), ("ce_position", b"3:41")), ("/a", 3, 41)),
        ((("ce_source", b"/a"),), None),
        ((("ce_position", b"3:41"),), None),
        ((("ce_source", b"/a"), ("ce_position", b"3")), None),
        ((("ce_source", b"/a"), ("ce_position", b"x:y")), None),
        ((("ce_source", b"\xff"), ("ce_position", b"3:41")), None),
        ((("ce_source", None), ("ce_position", None)), None),
    ],
)
def test_the_relays_position_is_read_where_there_is_one(headers: Any, position: Any) -> None:
    assert position_of(headers) == position


def test_the_register_knows_topics_models_and_readers() -> None:
    assert REGISTRY.topic("intake-people").partitions == 6
    assert REGISTRY.model("kr.ieum.intake.person.erased.v1") is PersonErased
    assert "intake-people" in REGISTRY.read_by("audit-ledger")
    assert REGISTRY.read_by("nobody") == []
    with pytest.raises(Unregistered, match="no topic intake-cats"):
        REGISTRY.topic("intake-cats")
    with pytest.raises(Unregistered, match="no event type"):
        REGISTRY.model("kr.ieum.intake.cat.seen.v1")


def test_models_are_frozen() -> None:
    data = ApplicationWithdrawn(person=PERSON, programme="p")
    with pytest.raises(ValueError, match="frozen"):
        data.programme = "q"
