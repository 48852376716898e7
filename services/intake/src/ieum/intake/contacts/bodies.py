"""What HTTP takes about contacts of all kinds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from ieum.common.events.intake_contacts import ContactOutcome
from ieum.common.web import Body
from ieum.intake.contacts.counselling.domain import Times
from ieum.intake.contacts.notes import Topic
from ieum.intake.contacts.recording import Said

Staff = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Long = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


def example(**values: Any) -> ConfigDict:
    """The configuration of a body with an example for its document."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class NoteBody(Body):
    """What is noted; sealed. With a `topic` it is for its writer and `readers` alone."""

    model_config = example(text="월세 지원 안내를 드렸습니다.")
    text: Long
    topic: Topic | None = None
    readers: Annotated[list[Staff], Field(max_length=20)] = []


class TimesBody(Body):
    """From when until when."""

    model_config = example(start="2026-11-25T01:00:00Z", end="2026-11-25T01:50:00Z")
    start: AwareDatetime
    end: AwareDatetime


class CorrectContact(Body):
    """What holds instead, and what is to be added; left out stays as it was."""

    model_config = example(outcome="refused", note={"text": "잘못 눌렀습니다."})
    at: AwareDatetime | None = None
    outcome: ContactOutcome | None = None
    note: NoteBody | None = None


def said(note: NoteBody | None) -> Said | None:
    """What was noted, as the actions take it."""
    return Said(note.text, note.topic, note.readers) if note else None


def times(body: TimesBody | None) -> Times | None:
    """A span, as the actions take it."""
    return Times(body.start, body.end) if body else None
