"""What an application must be, what its receipt is, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from ieum.common.events.envelope import Event
from ieum.common.events.intake import Answer, Channel
from ieum.common.events.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchExpired,
    MatchProposed,
    MatchRanked,
    MatchUnplaced,
    MatchWaitlisted,
)
from ieum.common.events.matching_placement import MatchCompleted, MatchEndedEarly, MatchStarted
from ieum.common.events.model import EventData, Sealed
from ieum.common.events.programme import Programme
from ieum.common.events.programme_form import answer_faults
from ieum.common.kernel.dates import KST, korean_date
from ieum.common.kernel.errors import Refusal
from ieum.intake.openings.domain import Opening

SUBMITTED, WITHDRAWN, RANKED = "submitted", "withdrawn", "ranked"
DECIDED = frozenset(
    {"ineligible", "accepted", "declined", "expired", "not-matched", "completed", "ended-early", WITHDRAWN}
)
"""What ends an application for now: from here the retention of its class is counted."""

_STATUS: Mapping[type[EventData], str] = {
    MatchRanked: RANKED,
    MatchProposed: "proposed",
    MatchAccepted: "accepted",
    MatchDeclined: "declined",
    MatchExpired: "expired",
    MatchWaitlisted: "waiting",
    MatchUnplaced: "not-matched",
    MatchStarted: "started",
    MatchCompleted: "completed",
    MatchEndedEarly: "ended-early",
}
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: it is read out on the phone
_RECEIPT_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to an application; `round`: whose computation it comes from."""

    event: UUID
    application: UUID
    status: str
    opening: UUID | None
    at: datetime
    round: UUID | None = None


@dataclass(frozen=True)
class Submission:
    """What somebody asks for; `choices` are ids or codes of openings, the best liked first."""

    person: UUID
    programme: str
    choices: Sequence[str]
    answers: Mapping[str, Answer]
    channel: Channel
    received_on: date | None = None


@dataclass(frozen=True)
class NewApplication:
    """An application that may be made: its choices are openings of the programme."""

    person: UUID
    programme: Programme
    choices: Sequence[Opening]
    answers: Mapping[str, Answer]
    channel: Channel
    submitted_at: datetime


@dataclass(frozen=True)
class Application:
    """An application as stored; `details` is None once its class is erased."""

    id: UUID
    person: UUID
    programme: str
    programme_version: int
    choices: Sequence[UUID]
    details: Sealed | None
    channel: Channel
    agency: str
    receipt: str
    sequence: int
    submitted_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class Shown:
    """An application with its openings by id and all that happened, the oldest first."""

    application: Application
    openings: Mapping[UUID, Opening]
    timeline: Sequence[Fact]


def submitted_at(received_on: date | None, *, now: datetime, at_window: bool) -> datetime:
    """When an application counts as submitted: now, or the day (KST) on which a window received it on paper.

    Only staff say that day, and it may lie years back; raises Refusal `received-on-by-staff` or
    `received-on-future`.
    """
    if received_on is None:
        return now
    if not at_window:
        raise Refusal(
            "received-on-by-staff",
            ko="접수일은 접수한 기관의 담당자만 적을 수 있습니다.",
            en="Only the staff who received an application state that day.",
            pointer="/received_on",
        )
    if received_on > korean_date(now):
        raise Refusal(
            "received-on-future",
            ko="접수일이 오늘보다 늦을 수 없습니다.",
            en="An application cannot have been received after today.",
            pointer="/received_on",
        )
    if received_on == korean_date(now):
        return now
    return datetime.combine(received_on, time(), KST).astimezone(UTC)


def check_changeable(line: Sequence[Fact]) -> None:
    """What a decision rests on is not changed under it; raises Refusal 409 `application-decided`."""
    if present(line).status not in (SUBMITTED, RANKED, "ineligible"):
        raise Refusal(
            "application-decided",
            ko="이미 결정되었거나 취소된 신청은 고치실 수 없습니다.",
            en="An application that was decided or withdrawn cannot be changed.",
            status=409,
        )


def check_first(there: bool) -> None:
    """One live application a person and programme; raises Refusal 409 `application-exists`."""
    if there:
        raise Refusal(
            "application-exists",
            ko="이 사업에 이미 신청하셨습니다.",
            en="The person has applied to this programme already.",
            status=409,
        )


def check_period(programme: Programme, day: date) -> None:
    """Raise Refusal `programme-not-open` or `programme-closed` outside the days of application."""
    opens, closes = programme.period.opens, programme.period.closes
    if day < opens:
        raise Refusal(
            "programme-not-open",
            ko=f"신청은 {opens:%Y-%m-%d}부터 받습니다.",
            en=f"Applications are taken from {opens:%Y-%m-%d}.",
            pointer="/programme",
        )
    if day > closes:
        raise Refusal(
            "programme-closed",
            ko=f"신청은 {closes:%Y-%m-%d}에 마감되었습니다.",
            en=f"Applications closed on {closes:%Y-%m-%d}.",
            pointer="/programme",
        )


def check_answers(programme: Programme, answers: Mapping[str, Answer]) -> None:
    """Raise Refusal `answer-invalid` with the pointer of the first answer that the form does not take.

    A programme without a form takes what is written.
    """
    if programme.form is None:
        return
    for fault in answer_faults(programme.form, answers):
        raise Refusal("answer-invalid", ko=fault.ko, en=fault.en, pointer=f"/answers{fault.pointer}")


class Market:
    """Openings, found by id, or by their programme and code."""

    def __init__(self, openings: Iterable[Opening]) -> None:
        self._by_name: dict[tuple[str, str], Opening] = {}
        self._by_id: dict[str, Opening] = {}
        for one in openings:
            self._by_name[one.programme, one.code] = self._by_id[str(one.id)] = one

    def find(self, programme: str, name: str) -> Opening | None:
        """What is meant by an id, of whatever programme, or by a code of this one."""
        for text in (name, name.lower()):
            if found := self._by_id.get(text) or self._by_name.get((programme, text)):
                return found
        return None


def ranked(programme: Programme, wanted: Sequence[str], market: Market) -> list[Opening]:
    """The openings meant by ids or codes, in the order wanted; raises Refusal with the choice's pointer."""
    choices: dict[UUID, Opening] = {}
    for at, name in enumerate(wanted):
        opening = market.find(programme.id, name)
        if opening is None:
            raise _choice("unknown", at, "이 사업에 없는 자리입니다.", "The programme has no such opening.")
        if opening.programme != programme.id:
            raise _choice("other-programme", at, "다른 사업의 자리입니다.", "It is of another programme.")
        if opening.id in choices:
            raise _choice("duplicate", at, "같은 자리를 두 번 고르셨습니다.", "It was chosen twice.")
        choices[opening.id] = opening
    _check_count(programme, len(choices))
    return list(choices.values())


def _check_count(programme: Programme, count: int) -> None:
    low, high = programme.choices.min, programme.choices.max
    if count > high:
        raise _choice(
            "too-many", high, f"자리는 {high}개까지 고르실 수 있습니다.", f"At most {high} may be chosen."
        )
    if count < low:
        raise _choice(
            "too-few", count, f"자리를 {low}개 이상 골라 주십시오.", f"At least {low} must be chosen."
        )


def _choice(code: str, at: int, ko: str, en: str) -> Refusal:
    return Refusal(f"choice-{code}", ko=ko, en=en, pointer=f"/choices/{at}")


def receipt(application: UUID, day: date) -> str:
    """The receipt number: the day in Korea, and ten characters from the id's random bits."""
    bits = application.int
    letters = (_CROCKFORD[(bits >> (5 * place)) & 31] for place in range(_RECEIPT_CHARACTERS))
    return f"{day:%Y%m%d}-{''.join(letters)}"


def fact_of(event: Event) -> Fact | None:
    """What a fact of matching says about an application; None where it says nothing of it."""
    status = _STATUS.get(type(event.data))
    if status is None:
        return None
    if isinstance(event.data, MatchRanked) and not event.data.eligible:
        status = "ineligible"
    opening: UUID | None = getattr(event.data, "opening", None)
    application: UUID = getattr(event.data, "application")  # noqa: B009 - every type of _STATUS has it
    return Fact(event.id, application, status, opening, event.time, getattr(event.data, "round", None))


def timeline(application: Application, facts: Iterable[Fact]) -> list[Fact]:
    """All that happened, the oldest first: facts of matching come by several keys, in no order."""
    own = [Fact(application.id, application.id, SUBMITTED, None, application.submitted_at)]
    if application.withdrawn_at:
        own.append(Fact(application.id, application.id, WITHDRAWN, None, application.withdrawn_at))
    return sorted([*own, *facts], key=lambda fact: fact.at)


def present(line: Sequence[Fact]) -> Fact:
    """Where an application stands: the last that happened; ranking anew moves nothing that has gone on.

    Who took it back has the last word: matching may tell of a place before it has heard of that.
    """
    moved = [fact for fact in line if fact.status not in (SUBMITTED, RANKED)]
    taken_back = [fact for fact in moved if fact.status == WITHDRAWN]
    return (taken_back or moved or line)[-1]


def rounds_until(line: Sequence[Fact], fact: UUID) -> list[UUID]:
    """The rounds whose computations led to a fact of a timeline: its own, and those before it."""
    [at] = [one.at for one in line if one.event == fact]
    return list(dict.fromkeys(one.round for one in line if one.round and one.at <= at))


def decided_at(line: Sequence[Fact]) -> datetime | None:
    """When it was decided; None while it is open."""
    last = present(line)
    return last.at if last.status in DECIDED else None
