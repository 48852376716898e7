"""Old versions of an event are brought to the newest one when they are read."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from ieum.common.events.model import EventData
from ieum.common.events.registry import Registry
from ieum.common.events.upcasters import Upcaster, upcast
from ieum.common.kafka import records
from ieum.common.kafka.records import Unreadable, decode

V1, V2, V3 = (f"kr.ieum.intake.visit.made.v{n}" for n in (1, 2, 3))


class VisitMade(EventData):
    event_type: ClassVar[str] = V3
    topic: ClassVar[str] = "intake-people"

    minutes: int
    places: list[str]


UPCASTERS: dict[str, Upcaster] = {
    V1: (V2, lambda data: {**data, "minutes": data["hours"] * 60}),
    V2: (V3, lambda data: {**data, "places": [data["place"]]}),
}


class Record:
    topic, partition, offset, key = "intake-people", 0, 7, b"k"

    def __init__(self, type_: str, data: Any) -> None:
        self.value = json.dumps(data).encode()
        headers = {
            "ce_id": "019f0000-0000-7000-8000-000000000001",
            "ce_type": type_,
            "ce_source": "/ieum/daegu/intake",
            "ce_time": "2026-11-22T00:00:00+00:00",
            "ce_subject": "k",
        }
        self.headers = tuple((name, value.encode()) for name, value in headers.items())


def test_an_old_event_walks_all_the_way_to_the_newest_version() -> None:
    assert upcast(V1, {"hours": 2, "place": "수성구"}, UPCASTERS) == (
        V3, {"hours": 2, "place": "수성구", "minutes": 120, "places": ["수성구"]},
    )  # fmt: skip


def test_the_newest_version_and_strangers_stay_as_they_are() -> None:
    assert upcast(V3, {"minutes": 5}, UPCASTERS) == (V3, {"minutes": 5})
    assert upcast("kr.ieum.other.thing.done.v1", {}, UPCASTERS) == ("kr.ieum.other.thing.done.v1", {})


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        (V1, {"hours": 2, "place": "수성구"}),
        (V2, {"minutes": 120, "place": "수성구"}),
        (V3, {"minutes": 120, "places": ["수성구"]}),
    ],
)
def test_a_handler_only_sees_the_newest_version(
    monkeypatch: pytest.MonkeyPatch, type_: str, data: Any
) -> None:
    monkeypatch.setattr(records, "UPCASTERS", UPCASTERS)
    monkeypatch.setattr(records, "upcast", lambda t, d: upcast(t, d, UPCASTERS))
    event = decode(Record(type_, data), Registry([], [VisitMade]))  # type: ignore[arg-type]
    assert event.type == V3
    assert event.data == VisitMade(minutes=120, places=["수성구"])


def test_an_old_event_that_does_not_hold_what_its_version_says_is_unreadable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An upcaster that trips is a fault of the record, not of the handler: nobody else must wait for it."""
    monkeypatch.setattr(records, "UPCASTERS", UPCASTERS)
    monkeypatch.setattr(records, "upcast", lambda t, d: upcast(t, d, UPCASTERS))
    for data in ({"place": "수성구"}, ["not", "an", "object"], {"hours": None, "place": "수성구"}):
        with pytest.raises(Unreadable):
            decode(Record(V1, data), Registry([], [VisitMade]))  # type: ignore[arg-type]
