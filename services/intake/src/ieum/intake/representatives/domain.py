"""Who speaks for whom, by which document, until when (개인정보 보호법 38). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ieum.common.kernel.errors import Refusal
from ieum.intake.people.domain import Mandate

YEARS_MAX = 19
"""A child's guardian speaks for them until they are of age (민법 4)."""


@dataclass(frozen=True)
class Representation:
    """A guardian or proxy of a person; `until` is the last day (KST)."""

    id: UUID
    person: UUID
    representative: UUID
    mandate: Mandate
    until: date
    recorded_by: str
    agency: str
    recorded_at: datetime
    ended_at: datetime | None = None


def check(person: UUID, representative: UUID, mandate: Mandate, until: date, today: date) -> None:
    """Raise Refusal `representative-oneself`, `mandate-date` or `representation-period`."""
    if person == representative:
        raise Refusal(
            "representative-oneself",
            ko="본인을 대리인으로 등록하실 수 없습니다.",
            en="Nobody represents themselves.",
            pointer="/representative",
        )
    if mandate.seen_on > today:
        raise Refusal(
            "mandate-date",
            ko="서류를 확인한 날을 다시 살펴봐 주시기 바랍니다.",
            en="The document cannot have been seen on a day to come.",
            pointer="/seen_on",
        )
    if not today <= until <= today.replace(year=today.year + YEARS_MAX, day=min(today.day, 28)):
        raise Refusal(
            "representation-period",
            ko=f"대리 기간은 오늘부터 {YEARS_MAX}년 안에서 정해 주시기 바랍니다.",
            en=f"A representation lasts from today for at most {YEARS_MAX} years.",
            pointer="/until",
        )
