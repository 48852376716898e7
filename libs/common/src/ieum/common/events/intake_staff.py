"""What intake tells of those who work here (no names), and of organisations after their registration."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from ieum.common.events import intake
from ieum.common.events.model import EventData

StaffRole = Literal["staff", "official", "operator", "auditor"]
LeavingReason = Literal["moved", "resigned", "retired", "term-ended", "access-withdrawn", "other"]
EmergencyReason = Literal["provider-away", "account-lost", "no-operator-yet"]
VerificationSource = Literal[
    "business-registration", "corporate-register", "articles", "agreement", "site-visit", "other"
]


class OrganisationChanged(intake.OrganisationRegistered):
    """An organisation as it holds from now on, whole: the later sequence wins."""

    event_type: ClassVar[str] = "kr.ieum.intake.organisation.changed.v1"


class OrganisationVerified(EventData):
    """An account compared it with a document or register on a day (KST); `number`: its mark there."""

    event_type: ClassVar[str] = "kr.ieum.intake.organisation.verified.v1"
    topic: ClassVar[str] = "intake-organisations"

    source: VerificationSource
    number: str | None = None
    on: date
    by: str


class _Account(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    account: str
    agency: str | None = None
    roles: list[StaffRole]
    since: date
    until: date | None = None


class StaffRegistered(_Account, EventData):
    """Somebody may work under an account, from a day to a day (KST, both included)."""

    event_type: ClassVar[str] = "kr.ieum.intake.staff.registered.v1"
    topic: ClassVar[str] = "intake-organisations"


class StaffChanged(_Account, EventData):
    """The account's roles, agency, days or holder changed; this is what holds now."""

    event_type: ClassVar[str] = "kr.ieum.intake.staff.changed.v1"
    topic: ClassVar[str] = "intake-organisations"

    new_holder: bool = False


class StaffLeft(EventData):
    """The account ended for good; `passed` open matters went to `successor`, of the same agency."""

    event_type: ClassVar[str] = "kr.ieum.intake.staff.left.v1"
    topic: ClassVar[str] = "intake-organisations"

    account: str
    agency: str | None = None
    reason: LeavingReason
    successor: str | None = None
    passed: int = 0


class GlassBroken(EventData):
    """A token for an emergency was made past the sign-in; what is done with it bears this `account`."""

    event_type: ClassVar[str] = "kr.ieum.intake.staff.glass_broken.v1"
    topic: ClassVar[str] = "intake-organisations"

    account: str
    agency: str | None = None
    roles: list[str]
    reason: EmergencyReason
