"""What may be consented to, by whom, until when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from ieum.common.events.intake import PersonContact, PersonProfile
from ieum.common.events.intake_people import ConsentTerms
from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import age_on
from ieum.common.kernel.errors import Refusal
from ieum.common.service.city import City
from ieum.intake.people.domain import CONSENT_AGE_YEARS, HOLDERS, RECORD_CLASSES

GivenBy = Literal["person", "guardian"]

FIELDS = frozenset({*PersonContact.model_fields, *PersonProfile.model_fields, "application", "case"})
"""What a consent may name: the fields of contact and profile, applications and cases as a whole."""
YEARS_MAX = 5


@dataclass(frozen=True)
class Acknowledged:
    """A holder's word that nothing is done on a consent any more."""

    consent: UUID
    holder: str
    acknowledged_at: datetime


@dataclass(frozen=True)
class Consent:
    """A consent; `terms` is None once erased."""

    id: UUID
    person: UUID
    terms: Sealed | None
    given_by: GivenBy
    recorded_by: str
    agency: str | None
    given_at: datetime
    withdrawn_at: datetime | None = None


class Basis(BaseModel):
    """On which basis a record class is held, by which article; why, in both languages."""

    record_class: str
    basis: str
    basis_article: str
    period_article: str
    period: str
    reason_ko: str
    reason_en: str


def bases(city: City) -> list[Basis]:
    """The basis of each record class that is held of everybody; consent is one among others."""
    return [
        Basis(
            record_class=rule.record_class,
            basis=rule.basis,
            basis_article=rule.basis_article,
            period_article=rule.article,
            period=rule.period,
            reason_ko=rule.reason.ko,
            reason_en=rule.reason.en,
        )
        for rule in (city.retention_of(name) for name in RECORD_CLASSES)
    ]


def check_terms(city: City, terms: ConsentTerms, today: date) -> None:
    """Raise Refusal for agencies and fields that nobody knows, and a period that is over or too long."""
    if any(city.agency(one) is None for one in terms.recipients):
        raise Refusal(
            "recipient-unknown",
            ko="이 도시의 참여기관이 아닌 곳이 있습니다.",
            en="One of the recipients is no agency of this city.",
            pointer="/recipients",
        )
    if not FIELDS.issuperset(terms.fields):
        raise Refusal(
            "field-unknown",
            ko="동의 대상이 아닌 항목이 있습니다.",
            en="One of the fields is not held, so there is nothing to consent to.",
            pointer="/fields",
        )
    if not today <= terms.until <= today.replace(year=today.year + YEARS_MAX, day=min(today.day, 28)):
        raise Refusal(
            "consent-period",
            ko=f"동의 기간은 오늘부터 {YEARS_MAX}년 안에서 정해 주시기 바랍니다.",
            en=f"A consent lasts from today for at most {YEARS_MAX} years.",
            pointer="/until",
        )


def check_giver(born: date, today: date, given_by: GivenBy, *, at_window: bool) -> None:
    """Under 14 a guardian consents, at a window (개인정보 보호법 22-2); raises Refusal `guardian-needed`."""
    child = age_on(born, today) < CONSENT_AGE_YEARS
    if child and not (given_by == "guardian" and at_window):
        raise Refusal(
            "guardian-needed",
            ko="만 14세 미만인 분의 동의는 보호자가 창구에서 해 주셔야 합니다.",
            en="For whoever is under 14 a guardian consents, at a window.",
            pointer="/guardian",
        )
    if given_by == "guardian" and not child:
        raise Refusal(
            "guardian-not-needed",
            ko="만 14세 이상인 분은 본인이 동의하셔야 합니다.",
            en="Whoever is 14 or older consents themselves.",
            pointer="/guardian",
        )


def waiting_for(consent: Consent, said: Sequence[Acknowledged]) -> list[str]:
    """The holders that have not yet acknowledged a withdrawal."""
    if consent.withdrawn_at is None:
        return []
    return [holder for holder in HOLDERS if holder not in {one.holder for one in said}]
