"""What matching tells of interviews between a workplace and those who chose it. Subject: interview."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.model import EventData, PrivateData

WhyDeclined = Literal[
    "no-suitable-time", "other-opportunity", "too-far", "conditions", "health", "care", "personal",
    "withdrawn", "expired",
]  # fmt: skip
"""`withdrawn`: the application was; `expired`: no time was chosen in time."""
WhyChanged = Literal["interviewer-absent", "place-closed", "candidate-asked", "emergency"]
WhyCalledOff = Literal["places-filled", "opening-withdrawn", "other"]


class InterviewScores(PrivateData):
    """Record class `application`: the points by criterion, and their weighted sum of at most `of`."""

    record_class: ClassVar[str] = "application"
    points: dict[str, int]
    total: int
    of: int


class _Interview(EventData):
    """What every fact about an interview says; `candidate`: the number by which the workplace knows them."""

    application: UUID
    person: UUID
    programme: str
    opening: UUID
    organisation: UUID
    candidate: UUID


class InterviewInvited(_Interview):
    """The workplace invites; one of the times offered is to be chosen by `answer_by`."""

    event_type: ClassVar[str] = "kr.ieum.matching.interview.invited.v1"
    topic: ClassVar[str] = "matching-matches"

    answer_by: datetime


class InterviewBooked(_Interview):
    """The person chose a time; `where` is the address, or `online`."""

    event_type: ClassVar[str] = "kr.ieum.matching.interview.booked.v1"
    topic: ClassVar[str] = "matching-matches"

    starts: datetime
    ends: datetime
    where: str


class InterviewDue(InterviewBooked):
    """It takes place within a day."""

    event_type: ClassVar[str] = "kr.ieum.matching.interview.due.v1"


class InterviewDeclined(_Interview):
    """There will be none, as far as the person goes; the time they had chosen is free again."""

    event_type: ClassVar[str] = "kr.ieum.matching.interview.declined.v1"
    topic: ClassVar[str] = "matching-matches"

    reason: WhyDeclined


class InterviewChanged(_Interview):
    """The workplace cannot keep the time; another one is to be chosen by `answer_by`."""

    event_type: ClassVar[str] = "kr.ieum.matching.interview.changed.v1"
    topic: ClassVar[str] = "matching-matches"

    reason: WhyChanged
    answer_by: datetime


class InterviewCalledOff(_Interview):
    """The workplace interviews the person no more."""

    event_type: ClassVar[str] = "kr.ieum.matching.interview.called_off.v1"
    topic: ClassVar[str] = "matching-matches"

    reason: WhyCalledOff


class InterviewHeld(_Interview):
    """It took place; the points are sealed."""

    event_type: ClassVar[str] = "kr.ieum.matching.interview.held.v1"
    topic: ClassVar[str] = "matching-matches"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"application": InterviewScores}


class InterviewMissed(_Interview):
    """The person did not come."""

    event_type: ClassVar[str] = "kr.ieum.matching.interview.missed.v1"
    topic: ClassVar[str] = "matching-matches"
