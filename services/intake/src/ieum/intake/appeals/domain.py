"""What may be appealed against, until when, who decides it, and how it ends. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from ieum.common.events.intake_appeals import Outcome
from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import KST, korean_date
from ieum.common.kernel.errors import Refusal
from ieum.intake.applications.domain import RANKED, Fact

APPEALABLE = frozenset({"ineligible", "not-matched", "waiting", "proposed", "expired"})
"""What others decided about the person. What they chose themselves (declined, withdrawn) is no decision."""

WITHIN_DAYS = 90
"""사회보장급여의 이용·제공 및 수급권자 발굴에 관한 법률 17: within 90 days of learning of the decision."""
REVIEW_GROUNDS = "결과를 사람이 다시 검토해 달라고 요청하였습니다."
"""What stands as the grounds of an appeal that was asked for by one click."""
ANSWER_DAYS = 14
"""행정기본법 36 ②: the answer is due within 14 days of the appeal."""


@dataclass(frozen=True)
class Appeal:
    """An appeal as stored; `grounds` and `reasons` are None once destroyed, or not there yet."""

    id: UUID
    application: UUID
    person: UUID
    programme: str
    fact: UUID
    agency: str
    channel: str
    grounds: Sealed | None
    filed_at: datetime
    due_at: datetime
    overdue_at: datetime | None
    outcome: Outcome | None
    official: str | None
    official_name: str | None
    reasons: Sealed | None
    ended_at: datetime | None
    version: int


def decision(line: Sequence[Fact], now: datetime) -> Fact:
    """The newest decision of a timeline that may be appealed against now.

    Raises Refusal 409 `nothing-to-appeal`, or 422 `appeal-too-late` after the last day (Korean time).
    """
    decisions = [fact for fact in line if fact.status in APPEALABLE]
    if not decisions:
        raise _nothing()
    last_day = korean_date(decisions[-1].at) + timedelta(days=WITHIN_DAYS)
    if korean_date(now) > last_day:
        raise Refusal(
            "appeal-too-late",
            ko=f"이의신청 기간은 {last_day:%Y-%m-%d}에 끝났습니다.",
            en=f"The time to appeal ended on {last_day:%Y-%m-%d}.",
        )
    return decisions[-1]


def reviewed(line: Sequence[Fact]) -> Fact:
    """What a human being is asked to look at: the newest decision, or what a machine found on arrival.

    No time limits it (개인정보 보호법 37조의2). Raises Refusal 409 `nothing-to-appeal`.
    """
    decided = [fact for fact in line if fact.status in APPEALABLE] or [
        fact for fact in line if fact.status == RANKED
    ]
    if not decided:
        raise _nothing()
    return decided[-1]


def answer_due(filed_at: datetime) -> datetime:
    """The end of the last day (Korean time) on which the answer is in time."""
    day = korean_date(filed_at) + timedelta(days=ANSWER_DAYS + 1)
    return datetime.combine(day, time(), KST).astimezone(UTC)


def check_open(appeal: Appeal) -> None:
    """Raise Refusal 409 `appeal-ended` where it was decided or taken back."""
    if appeal.ended_at:
        raise Refusal(
            "appeal-ended",
            ko="이미 끝난 이의신청입니다.",
            en="This appeal has ended already.",
            status=409,
        )


def check_decider(official: str, name: str | None, first: Sequence[str | None]) -> None:
    """Somebody named who did not decide first; `first`: who confirmed its rounds, None where not known yet.

    Raises Refusal 403 `official-unnamed` or `own-decision`, 409 `first-decider-unknown`.
    """
    if not name:
        raise Refusal(
            "official-unnamed",
            ko="결정하는 공무원의 성명이 필요합니다.",
            en="The official who decides must be named.",
            status=403,
        )
    if None in first:
        raise Refusal(
            "first-decider-unknown",
            ko="처음에 누가 결정했는지 아직 확인되지 않았습니다. 잠시 후 다시 시도해 주십시오.",
            en="Who decided first is not known here yet. Please try again shortly.",
            status=409,
        )
    if official in first:
        raise Refusal(
            "own-decision",
            ko="처음 결정하신 분은 그 이의신청을 결정하실 수 없습니다.",
            en="Whoever decided first does not decide the appeal.",
            status=403,
        )


def _nothing() -> Refusal:
    return Refusal(
        "nothing-to-appeal",
        ko="이의를 신청하실 수 있는 결정이 아직 없습니다.",
        en="Nothing has been decided yet that could be appealed against.",
        status=409,
    )
