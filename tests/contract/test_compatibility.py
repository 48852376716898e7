"""A committed version of an event stays readable: the check itself, and the check of what is committed."""

from __future__ import annotations

import json
import subprocess
from typing import Any, ClassVar, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, create_model

from ieum.common.events.intake import ApplicationSubmitted
from ieum.common.events.model import EventData
from ieum.common.events.registry import SCHEMAS, Registry
from ieum.common.events.schemas import schema_of
from ieum.common.service.settings import REPOSITORY
from ieum.common.testing.compatibility import incompatibilities

REGISTRY = Registry.load()


def _committed(type_: str) -> dict[str, Any]:
    """The schema in the last commit, where git knows it; else the file that is to be committed."""
    path = SCHEMAS / f"{type_}.json"
    shown = subprocess.run(
        ["git", "show", f"HEAD:{path.relative_to(REPOSITORY)}"],
        cwd=REPOSITORY, capture_output=True, check=False,
    )  # fmt: skip
    schema: dict[str, Any] = json.loads(shown.stdout if shown.returncode == 0 else path.read_bytes())
    return schema


@pytest.mark.parametrize("type_", sorted(REGISTRY.models))
def test_no_version_changes_after_it_was_committed(type_: str) -> None:
    reasons = incompatibilities(_committed(type_), schema_of(REGISTRY.model(type_)))
    assert not reasons, f"{type_} needs a new version and an upcaster: {'; '.join(reasons)}"


class Place(BaseModel):
    opening: UUID
    rank: int


class Offered(EventData):
    """A place is offered."""

    event_type: ClassVar[str] = "kr.ieum.test.offer.made.v1"
    topic: ClassVar[str] = "intake-applications"

    person: UUID
    channel: Literal["web", "counter"]
    note: str | None = None
    places: list[Place] = []


def _changed(**fields: Any) -> dict[str, Any]:
    """The schema of Offered with some fields set; a value of None removes the field."""
    kept = {
        name: (field.annotation, field)
        for name, field in Offered.model_fields.items()
        if name not in {"private", *fields}
    }
    new = {name: field for name, field in fields.items() if field is not None}
    model = create_model("Offered", __base__=EventData, **kept, **new)
    model.event_type, model.topic = Offered.event_type, Offered.topic
    return schema_of(model)


class RankedPlace(BaseModel):
    opening: UUID
    rank: str


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"person": None}, "field person was removed"),
        ({"note": None}, "field note was removed"),
        ({"agency": (str, ...)}, "field agency was added and is required: old events lack it"),
        ({"person": (UUID | None, None)}, "field person became optional: old readers require it"),
        ({"note": (str | None, ...)}, "field note became required: old events may lack it"),
        ({"person": (str, ...)}, "field person was string (uuid) and is string"),
        ({"channel": (Literal["web"], ...)}, "field channel was string and is always web"),
        (
            {"channel": (Literal["web", "counter", "csv"], ...)},
            "field channel now allows csv: old readers refuse it",
        ),
        ({"channel": (Literal["web", "csv"], ...)}, "field channel no longer allows counter"),
        ({"places": (list[RankedPlace], [])}, "field places[].rank was integer and is string"),
        ({"places": (dict[str, int], {})}, "field places was array and is object"),
    ],
)
def test_a_breaking_change_is_refused_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    assert reason in incompatibilities(schema_of(Offered), _changed(**changes))


def test_a_change_within_a_part_is_told_with_its_path() -> None:
    changed = schema_of(Offered)
    del changed["$defs"]["Place"]["properties"]["rank"]
    assert incompatibilities(schema_of(Offered), changed) == ["field places[].rank was removed"]


def test_another_topic_is_refused() -> None:
    elsewhere = schema_of(Offered) | {"topic": "intake-people"}
    assert incompatibilities(schema_of(Offered), elsewhere) == ["the topic was changed"]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"agency": (str | None, None)},
        {"language": (Literal["ko", "en"], "ko")},
        {"weights": (list[int], [])},
    ],
)
def test_a_new_optional_field_keeps_the_version(changes: dict[str, Any]) -> None:
    assert incompatibilities(schema_of(Offered), _changed(**changes)) == []


def test_what_the_words_miss_the_tool_finds() -> None:
    """jsoncompat knows keywords that our own comparison does not look at."""
    limited = schema_of(ApplicationSubmitted)
    limited["properties"]["choices"]["maxItems"] = 5
    assert incompatibilities(schema_of(ApplicationSubmitted), limited) == [
        "the new reader does not read everything that was written"
    ]
    assert incompatibilities(limited, schema_of(ApplicationSubmitted)) == [
        "readers of the old version do not read everything that is written now"
    ]
