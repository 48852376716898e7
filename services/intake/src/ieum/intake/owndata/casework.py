"""A person's cases and referrals as they may see them, and what an article withholds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from pydantic import BaseModel

from ieum.intake.cases import actions as cases
from ieum.intake.cases.domain import STATE_WORDS
from ieum.intake.referrals import actions as referrals
from ieum.intake.referrals.domain import REASONS

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.cases.actions import OwnCase
    from ieum.intake.referrals.domain import Referral


class Withheld(BaseModel):
    """What the document leaves out, by which article, and why."""

    what: str
    article: str
    reason_ko: str
    reason_en: str


OTHERS: Final = "개인정보 보호법 제35조제4항제2호"
"""What may endanger another's life or body, or unduly harm another's property or other interests."""

REVIEWS: Final = Withheld(
    what="reviewers-notes",
    article="개인정보 보호법 제35조제4항제3호나목",
    reason_ko="심사위원 각자의 점수와 의견은 공정한 심사를 위하여 알려 드리지 않습니다.",
    reason_en="Each reviewer's scores and notes are withheld to keep reviews fair.",
)
"""The same for everybody who applied, so that it tells nothing of whether there is any."""

RESTRICTED: Final = Withheld(
    what="restricted-notes",
    article=OTHERS,
    reason_ko="제한 기록은 다른 사람을 해할 우려가 있는지 담당 기관이 기록마다 살펴 따로 알려 드립니다.",
    reason_en="The agency shows restricted notes one by one, once it has seen that nobody is endangered.",
)
"""The same for everybody who had a case or a contact, so that it tells nothing of whether there is any."""

WITHHELD: Final = [
    Withheld(
        what="reporter",
        article=OTHERS,
        reason_ko="신고하신 분과 신고 내용의 표현은 그분을 보호하기 위하여 알려 드리지 않습니다.",
        reason_en="Who reported, and the report's own words, are withheld to protect whoever reported.",
    ),
    RESTRICTED,
    Withheld(
        what="others-of-the-household",
        article=OTHERS,
        reason_ko="같은 사례에 있는 다른 가족에 관하여 적은 내용은 그분께만 알려 드립니다.",
        reason_en="What was written of another person of the household is shown to that person.",
    ),
]
"""The same for every case, so that it tells nothing of whether there is any of it."""


class CaseStepData(BaseModel):
    """Something done in a case, in words that were written for it."""

    at: datetime
    command: str
    state: str
    reason: str | None


class GoalData(BaseModel):
    """A goal of the plan."""

    goal: str | None
    due_on: date


class ServiceData(BaseModel):
    """A service given: both days included, cost in won."""

    service: str
    provider: str
    since: date
    until: date
    cost_won: int


class ConferenceData(BaseModel):
    """A case conference and what it decided."""

    held_on: date
    decision: str | None


class CaseData(BaseModel):
    """One case; name, phone and address as they were told. Words are null where they are another's."""

    id: UUID
    agency: str
    district: str
    opened_at: datetime
    closed_at: datetime | None
    state: str
    state_ko: str
    name: str | None
    phone: str | None
    address: str | None
    timeline: list[CaseStepData]
    goals: list[GoalData]
    services: list[ServiceData]
    conferences: list[ConferenceData]


class ReferralData(BaseModel):
    """One referral from an agency to another, with what each wrote."""

    id: UUID
    number: str
    from_agency: str
    to_agency: str
    need: str
    programme: str | None
    urgency: str
    basis: str
    status: str
    reason: str | None
    reason_ko: str | None
    sent_at: datetime
    changed_at: datetime
    note: str | None
    answer: str | None


async def cases_of(tx: Tx, ids: Sequence[UUID], reason: str) -> list[CaseData]:
    """The cases of one person under all these ids."""
    return [_case(one) for one in await cases.own(tx, ids, reason=reason)]


async def referrals_of(tx: Tx, ids: Sequence[UUID], reason: str) -> list[ReferralData]:
    """The referrals of one person under all these ids."""
    return [_referral(*one) for one in await referrals.own(tx, ids, reason=reason)]


def _case(one: OwnCase) -> CaseData:
    case = one.case
    return CaseData(
        id=case.id,
        agency=case.agency,
        district=case.district,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        state=case.state,
        state_ko=STATE_WORDS[case.state][0],
        name=one.told.name if one.told else None,
        phone=one.told.phone if one.told else None,
        address=one.told.address if one.told else None,
        timeline=[
            CaseStepData(at=entry.at, command=entry.command, state=entry.state, reason=text)
            for entry, text in one.entries
        ],
        goals=[GoalData(goal=text, due_on=goal.due_on) for goal, text in one.goals],
        services=[
            ServiceData(**{name: getattr(given, name) for name in ServiceData.model_fields})
            for given in one.services
        ],
        conferences=[ConferenceData(held_on=held.held_on, decision=text) for held, text in one.conferences],
    )


def _referral(one: Referral, note: str | None, answer: str | None) -> ReferralData:
    words = {"note": note, "answer": answer, "reason_ko": _reason(one.reason)}
    plain = {name: getattr(one, name) for name in ReferralData.model_fields if name not in words}
    return ReferralData(**plain, **words)


def _reason(code: str | None) -> str | None:
    return next((ko for known, (ko, _) in REASONS.items() if known == code), None)
