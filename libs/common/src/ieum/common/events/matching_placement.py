"""What matching tells of a place after it was accepted: begun, reported on, ended, and looked at again."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.model import EventData, PrivateData

Writer = Literal["person", "workplace"]


class MatchNote(PrivateData):
    """Record class `application`: in the person's own words, why a place is declined or left."""

    record_class: ClassVar[str] = "application"
    text: str


class WeekDone(PrivateData):
    """Record class `application`: what was done in a week."""

    record_class: ClassVar[str] = "application"
    text: str


class _Place(EventData):
    """What every fact about a held place says. Subject: match."""

    application: UUID
    person: UUID
    programme: str
    opening: UUID
    organisation: UUID


class MatchStarted(_Place):
    """The person began on a day (Korean); `until`: the last day agreed, where there is one."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.started.v1"
    topic: ClassVar[str] = "matching-matches"

    on: date
    until: date | None = None


class MatchCompleted(_Place):
    """It ended as agreed; `on` is the last day."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.completed.v1"
    topic: ClassVar[str] = "matching-matches"

    on: date


class MatchEndedEarly(_Place):
    """It ended before its time, for a coded reason; `before_start`: an acceptance was withdrawn.

    `passed_on`: the place is free again. `cools_until`: the programme is not offered again before that day.
    """

    event_type: ClassVar[str] = "kr.ieum.matching.match.ended_early.v1"
    topic: ClassVar[str] = "matching-matches"

    on: date
    reason: str
    before_start: bool
    passed_on: bool
    cools_until: date | None = None


class MatchReportDue(_Place):
    """A week (its Monday) went by without a report; it is overdue after `due_on`."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.report_due.v1"
    topic: ClassVar[str] = "matching-matches"

    week: date
    due_on: date


class MatchReported(_Place):
    """A week's report was written, corrected (a higher `version`) or confirmed by the other side."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.reported.v1"
    topic: ClassVar[str] = "matching-matches"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"application": WeekDone}

    week: date
    version: int
    hours: int
    days_present: int
    days_absent: int
    written_by: Writer
    confirmed: bool


class MatchFollowUpOverdue(_Place):
    """A follow-up step of the programme was not done in time; `owner` is the agency that owes it."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.follow_up_overdue.v1"
    topic: ClassVar[str] = "matching-matches"

    step: str
    owner: str
    due_on: date


class MatchReviewRequested(EventData):
    """The person asks that a human being look at it. Subject: the match; without one, the application.

    Its key is that of the facts it is about, so that they are read before it.
    """

    event_type: ClassVar[str] = "kr.ieum.matching.match.review_requested.v1"
    topic: ClassVar[str] = "matching-matches"

    application: UUID
    person: UUID
    programme: str
    match: UUID | None = None
