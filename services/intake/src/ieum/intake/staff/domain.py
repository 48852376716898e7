"""Who may work under an account, who may give it, and how it ends. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from ieum.common.events.intake_staff import LeavingReason, StaffRole
from ieum.common.events.model import PrivateData, Sealed
from ieum.common.kernel.errors import Refusal

KEPT = timedelta(days=3 * 366)
"""개인정보의 안전성 확보조치 기준 5 ③: who was given which access is kept for three years at least."""
OF_AGENCIES: frozenset[StaffRole] = frozenset({"staff", "official"})
"""Roles of an agency's own people, which its officials give; the others an operator gives."""


class StaffIdentity(PrivateData):
    """Record class `contact`: who holds an account."""

    record_class: ClassVar[str] = "contact"
    name: str
    email: str | None = None


@dataclass(frozen=True)
class Staff:
    """An account as stored; `identity` is None once destroyed. Days are Korean, both included."""

    id: UUID
    account: str
    agency: str | None
    roles: Sequence[StaffRole]
    identity: Sealed | None
    email_hash: bytes | None
    subject_hash: bytes | None
    since: date
    until: date | None
    version: int
    registered_at: datetime
    left_at: datetime | None = None
    reason: LeavingReason | None = None
    forget_on: date | None = None

    def works(self, today: date) -> bool:
        """Whether somebody may work under the account today."""
        return self.left_at is None and self.since <= today and (self.until is None or today <= self.until)


def check_access(roles: Collection[StaffRole], agency: str | None) -> None:
    """Whoever works for an agency belongs to one; raises Refusal 422 `agency-needed`."""
    if OF_AGENCIES & set(roles) and agency is None:
        raise Refusal(
            "agency-needed",
            ko="담당자와 공무원은 소속 기관이 있어야 합니다.",
            en="Staff and officials belong to an agency.",
            pointer="/agency",
        )


def check_giver(
    given: Collection[StaffRole], agency: str | None, *, by: Collection[str], of: str | None
) -> None:
    """An operator gives every access, an official that of the own agency.

    Asked of what an account had as well as of what it shall have, so that nobody takes more than
    they give. Raises Refusal 403 `not-yours-to-give`.
    """
    if "operator" in by:
        return
    if "official" not in by or agency is None or agency != of or not set(given) <= OF_AGENCIES:
        raise Refusal(
            "not-yours-to-give",
            ko="소속 기관의 담당자와 공무원 권한만 부여하거나 바꾸실 수 있습니다.",
            en="You give and change the access of your own agency's staff and officials only.",
            status=403,
        )


def check_self(account: str, actor: str) -> None:
    """Nobody changes their own access; raises Refusal 403 `own-access`."""
    if account == actor:
        raise Refusal(
            "own-access",
            ko="본인의 권한은 다른 분이 바꾸어야 합니다.",
            en="Somebody else must change your own access.",
            status=403,
        )


def check_here(staff: Staff) -> None:
    """Raise Refusal 409 `staff-left` where the account has ended."""
    if staff.left_at:
        raise Refusal(
            "staff-left", ko="이미 종료된 계정입니다.", en="This account has ended already.", status=409
        )


def check_agency_stays(staff: Staff, agency: str | None) -> None:
    """Raise Refusal 422 `agency-fixed` where an account would move to another agency."""
    if staff.agency != agency:
        raise Refusal(
            "agency-fixed",
            ko="계정의 기관은 바꿀 수 없습니다. 이 계정을 종료하고 새 기관에서 등록해 주십시오.",
            en="An account stays with its agency: end it, and register another one there.",
            pointer="/agency",
        )
