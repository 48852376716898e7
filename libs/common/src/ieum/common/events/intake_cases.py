"""What intake tells of cases (사례): where they stand and when they are due. Nothing private travels.

What was told, by whom, plans, notes and decisions stay sealed in intake: another agency that is entitled to
them gets them with a referral. A reporter's identity leaves intake by no way at all.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.model import EventData

OpenState = Literal["reported", "consulting", "serving", "monitoring", "follow-up"]
CaseState = Literal["reported", "consulting", "serving", "monitoring", "follow-up", "closed"]
ReportChannel = Literal["web", "phone", "counter", "school"]
Closing = Literal["goals-met", "set-aside", "moved-away", "wish-of-person", "handed-on", "died", "other"]


class CaseEvent(EventData):
    """What every fact of a case says: whose work it is now and until when.

    `step` is the city's own step within `state`. `owner` is a staff account of `agency`. `persons` are ids:
    those of people who are not registered lead nowhere outside intake.
    """

    topic: ClassVar[str] = "intake-cases"

    agency: str
    district: str
    state: CaseState
    step: str
    owner: str
    due_at: datetime | None
    persons: list[UUID]


class CaseReported(CaseEvent):
    """Somebody told of a person in need; the numbers for danger to life that were shown are recorded."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.reported.v1"

    source: str
    channel: ReportChannel
    urgent: bool
    emergency_numbers: list[str]


class CaseAssessed(CaseEvent):
    """The report was taken up: counselling and assessment begin."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.assessed.v1"


class CasePlanned(CaseEvent):
    """Services are planned and provided from here on; `goals` is how many the plan has so far."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.planned.v1"

    goals: int


class CaseServiceProvided(CaseEvent):
    """A service was provided: what, by which organisation, from when to when, at what cost in won."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.service_provided.v1"

    record: UUID
    service: str
    provider: str
    since: date
    until: date
    cost_won: int


class CaseMonitored(CaseEvent):
    """Services are in place; from here on it is watched whether they help."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.monitored.v1"


class CaseFollowedUp(CaseEvent):
    """The work is done; the person is looked after for a while."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.followed_up.v1"


class CaseOverdue(CaseEvent):
    """A step was not done in time, told once a step; `owner` is the agency's lead from here on."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.overdue.v1"

    owner_before: str


class CaseClosed(CaseEvent):
    """The case ends, for now; `due_at` is null."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.closed.v1"

    reason: Closing


class CaseReopened(CaseEvent):
    """A closed case goes on with counselling; why is sealed in intake."""

    event_type: ClassVar[str] = "kr.ieum.intake.case.reopened.v1"
