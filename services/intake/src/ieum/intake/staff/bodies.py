"""What HTTP accepts and shows of staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from ieum.common.events.intake_staff import EmergencyReason, LeavingReason, StaffRole
from ieum.common.events.programme import Name
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.korean import normalise
from ieum.common.web import Body
from ieum.intake.people import domain as people
from ieum.intake.staff.actions import Access, login_of
from ieum.intake.staff.domain import Staff, StaffIdentity

EXAMPLE: dict[str, Any] = {
    "account": "dalseo-gu-hope-7",
    "agency": "dalseo-gu-hope",
    "roles": ["staff"],
    "name": "김이음",
    "email": "kim@dalseo.example",
    "until": "2099-12-31",
}


class Holder(Body):
    """Who holds an account. They sign in by e-mail the first time, or by the provider's `subject`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    subject: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None

    def identity(self) -> StaffIdentity:
        """What is sealed of them."""
        email = people.email_of(self.email) if self.email else None
        return StaffIdentity(name=normalise(self.name), email=email)


class _Rights(Body):
    roles: Annotated[list[StaffRole], Field(min_length=1, max_length=4)]
    agency: Name | None = None
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.until < self.since:
            sentences = {"ko": "종료일이 시작일보다 앞섭니다.", "en": "The last day lies before the first."}
            raise PydanticCustomError("days-order", "until before since", sentences)
        return self


class RegisterStaff(_Rights, Holder):
    """A new account; left out, `account` is an id of ours, and `since` today. Days are Korean."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    account: Name | None = None


class ChangeStaff(_Rights):
    """What the account shall be; `holder` only where somebody else takes it, or signs in otherwise."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"agency": "dalseo-gu-hope", "roles": ["staff", "official"]}]}
    )

    holder: Holder | None = None


class Leave(Body):
    """How an account ends; `successor` is the account that takes over what is open."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "moved", "successor": "dalseo-gu-hope-8"}]}
    )

    reason: LeavingReason
    successor: Name | None = None


class BreakGlass(Body):
    """Why somebody works past the sign-in."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "provider-away"}]})

    reason: EmergencyReason


class GlassBrokenView(BaseModel):
    """Under which account what is done now is recorded."""

    account: str
    reason: EmergencyReason


class StaffView(BaseModel):
    """An account; `version` is what If-Match takes, `holder` is shown for a reason alone."""

    id: UUID
    version: int
    account: str
    agency: str | None
    roles: list[StaffRole]
    since: date
    until: date | None
    signed_in_before: bool
    left_at: datetime | None
    reason: LeavingReason | None
    holder: StaffIdentity | None = None


class StaffList(BaseModel):
    """By agency and account."""

    items: list[StaffView]


class Left(StaffView):
    """An account that ended, and how many open matters passed on."""

    passed: int


def access(
    body: RegisterStaff | ChangeStaff, holder: Holder | None, now: datetime, since: date | None, issuer: str
) -> Access:
    """What a body asks for; `since`: where it says none."""
    subject = holder.subject if holder else None
    return Access(
        agency=body.agency,
        roles=tuple(dict.fromkeys(body.roles)),
        since=body.since or since or korean_date(now),
        until=body.until,
        identity=holder.identity() if holder else None,
        login=login_of(issuer, subject) if subject else None,
    )


def view(one: Staff, holder: StaffIdentity | None = None) -> StaffView:
    """An account as shown."""
    names = ("id", "version", "account", "agency", "since", "until", "left_at", "reason")
    values = {name: getattr(one, name) for name in names}
    return StaffView(
        **values, roles=list(one.roles), signed_in_before=one.subject_hash is not None, holder=holder
    )
