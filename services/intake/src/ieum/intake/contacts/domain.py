"""What a contact is, when it may be said to have been, how it is corrected and counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from ieum.common.events.intake_contacts import ContactKind, ContactOutcome, Direction
from ieum.common.kernel.errors import Refusal, Stale

Period = Literal["day", "month", "quarter", "year"]
Rounding = Literal["down", "half-up"]

OUTCOMES: Mapping[ContactKind, tuple[ContactOutcome, ...]] = {
    "visit": ("served", "handed-on"),
    "call": ("answered", "no-answer", "wrong-number", "call-back"),
    "outreach": ("talked", "not-at-home", "refused", "moved"),
    "counselling": ("settled", "goes-on", "handed-on", "no-show"),
}
AHEAD_MAX = timedelta(minutes=5)
"""A device in the field may be fast by this much."""
BACK_MAX = timedelta(days=14)
"""What is noted in the field or on paper is handed in within this time."""


@dataclass(frozen=True)
class Contact:
    """A contact as stored; `version` counts changes, `sequence` facts of its key."""

    id: UUID
    kind: ContactKind
    person: UUID | None
    agency: str
    district: str | None
    at: datetime
    outcome: ContactOutcome
    field: str | None
    direction: Direction | None
    part_of: UUID | None
    by: str
    recorded_at: datetime
    version: int = 1
    sequence: int = 1


@dataclass(frozen=True)
class Correction:
    """What is to hold instead; None: as it was."""

    at: datetime | None = None
    outcome: ContactOutcome | None = None


def corrected(
    contact: Contact, said: Correction, now: datetime, *, version: int
) -> tuple[Contact, list[str]]:
    """The contact as it holds from now on, and the names of the fields that changed.

    Raises Stale where `version` is not the present one; Refusal `outcome-of-kind`, `time-ahead`, `time-back`.
    """
    if version != contact.version:
        raise Stale
    after = replace(contact, at=said.at or contact.at, outcome=said.outcome or contact.outcome)
    changed = [name for name in ("at", "outcome") if getattr(after, name) != getattr(contact, name)]
    if "outcome" in changed:
        check_outcome(contact.kind, after.outcome)
    if "at" in changed:
        check_time(after.at, now, since=contact.recorded_at - BACK_MAX)
    if not changed:
        return contact, []
    return replace(after, version=contact.version + 1, sequence=contact.sequence + 1), changed


def check_outcome(kind: ContactKind, outcome: str) -> None:
    """Each kind has its outcomes; raises Refusal `outcome-of-kind`."""
    if outcome not in OUTCOMES[kind]:
        allowed = ", ".join(OUTCOMES[kind])
        raise Refusal(
            "outcome-of-kind",
            ko=f"이 접촉의 결과로 쓸 수 없는 값입니다. 가능한 값: {allowed}",
            en=f"This contact has no such outcome. It has: {allowed}.",
            pointer="/outcome",
        )


def check_time(at: datetime, now: datetime, *, since: datetime | None = None, pointer: str = "/at") -> None:
    """A time that a client states lies between `since` (BACK_MAX before now) and AHEAD_MAX after now.

    Raises Refusal `time-ahead` or `time-back`.
    """
    if at > now + AHEAD_MAX:
        raise Refusal(
            "time-ahead",
            ko="아직 오지 않은 시각은 적을 수 없습니다. 기기의 시계를 확인해 주십시오.",
            en="This time is yet to come. Please check the clock of the device.",
            pointer=pointer,
        )
    if at < (since or now - BACK_MAX):
        raise Refusal(
            "time-back",
            ko="너무 오래전 시각입니다. 현장 기록은 14일 안에 보내 주십시오.",
            en="This is too long ago. Records of the field are handed in within 14 days.",
            pointer=pointer,
        )


def first_day(day: date, period: Period) -> date:
    """The first day of the period in which a day lies; quarters begin in January, April, July, October."""
    if period == "day":
        return day
    if period == "year":
        return day.replace(month=1, day=1)
    month = day.month if period == "month" else 3 * ((day.month - 1) // 3) + 1
    return day.replace(month=month, day=1)


def rounded(count: int, to: int, how: Rounding) -> int:
    """A count to a multiple of `to` (1 or more), as announcements give it: 8,653 to 100 down is 8,600."""
    return (count if how == "down" else count + to // 2) // to * to
