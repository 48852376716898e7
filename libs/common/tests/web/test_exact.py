"""JSON's types taken at their word: each line was once taken for something else."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import Field, ValidationError

from ieum.common.web import Body

ID = "017efb52-9380-7f21-8eca-fb7b61f12f97"


class Inner(Body):
    places: int = Field(default=0, ge=0, le=5)
    last_day: date | None = None


class Sent(Body):
    yes: bool = False
    number: Annotated[int, Field(le=9)] | None = None
    day: date = date(2022, 2, 15)
    hour: time | None = None
    moment: datetime | None = None
    id: UUID | None = None
    share: float = 0.5
    items: list[Inner] = []
    answers: dict[str, bool | int | str] = {}
    type: str = ""


@pytest.mark.parametrize(
    "body",
    [
        {"yes": 0}, {"yes": "true"}, {"number": False}, {"number": "7"}, {"number": 1.5}, {"number": 1e300},
        {"day": 0}, {"day": "0"}, {"day": "2022-02-15T00:00:00"}, {"day": 1644883200}, {"hour": 5},
        {"moment": 0}, {"moment": "1644883200"}, {"share": "1"}, {"share": True},
        {"items": [{"places": True}]}, {"items": [{"last_day": 0}]},
    ],
)  # fmt: skip
def test_a_value_of_another_json_type_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Sent.model_validate(body)


def test_what_the_document_calls_right_is_taken() -> None:
    sent = Sent.model_validate(
        {
            "yes": True, "number": 7.0, "day": "2022-02-16", "hour": "09:30", "id": ID, "share": 1,
            "moment": "2022-02-16T09:30:00Z", "items": [{"places": 3, "last_day": "2022-03-01"}],
            "answers": {"a": True, "b": 1, "c": "1"}, "type": "int",
        }
    )  # fmt: skip
    assert (sent.number, sent.day, sent.hour, sent.id) == (7, date(2022, 2, 16), time(9, 30), UUID(ID))
    assert (sent.moment, sent.share) == (datetime(2022, 2, 16, 9, 30, tzinfo=UTC), 1.0)
    assert (sent.items[0].places, sent.items[0].last_day) == (3, date(2022, 3, 1))
    assert sent.answers == {"a": True, "b": 1, "c": "1"}
    assert type(sent.answers["a"]) is bool
