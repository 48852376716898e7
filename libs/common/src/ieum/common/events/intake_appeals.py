"""What intake tells of appeals (이의신청): against a refusal or a result of an application."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.model import EventData, PrivateData

Outcome = Literal["upheld", "dismissed", "withdrawn"]


class AppealGrounds(PrivateData):
    """Record class `application`: why the person thinks that the decision is wrong."""

    record_class: ClassVar[str] = "application"
    text: str


class AppealReasons(PrivateData):
    """Record class `application`: why it was decided so, in sentences for the person."""

    record_class: ClassVar[str] = "application"
    ko: str
    en: str | None = None


class _About(EventData):
    """What every fact about an appeal says; `fact` is the event that is appealed against."""

    application: UUID
    person: UUID
    programme: str
    fact: UUID


class AppealFiled(_About):
    """A person appeals; `agency` owes the answer. Subject: appeal."""

    event_type: ClassVar[str] = "kr.ieum.intake.appeal.filed.v1"
    topic: ClassVar[str] = "intake-applications"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"application": AppealGrounds}

    agency: str


class AppealOverdue(_About):
    """Nobody answered in time. Subject: appeal."""

    event_type: ClassVar[str] = "kr.ieum.intake.appeal.overdue.v1"
    topic: ClassVar[str] = "intake-applications"

    agency: str


class AppealDecided(_About):
    """A named official other than the first decider answers, or the person takes it back. Subject: appeal."""

    event_type: ClassVar[str] = "kr.ieum.intake.appeal.decided.v1"
    topic: ClassVar[str] = "intake-applications"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"application": AppealReasons}

    outcome: Outcome
    official: str | None = None
    official_name: str | None = None
