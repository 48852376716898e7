"""The life of an interview, and what it makes of a candidate's priority. Pure.

A workplace puts candidates on its shortlist, offers times and invites; the person chooses a time or declines;
then the interview is held, with points for each criterion of the programme, or the person did not come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.common.events.matching_interviews import WhyCalledOff, WhyChanged, WhyDeclined
    from ieum.common.events.model import Sealed
    from ieum.common.events.programme import Interviews

State = Literal["shortlisted", "invited", "booked", "held", "missed", "declined", "called_off"]
Command = Literal["invite", "book", "decline", "change", "call_off", "hold", "miss"]

FULL = 1000
"""Of an interview with full points, as of ranking."""
OVER: frozenset[State] = frozenset({"declined", "called_off"})
"""Whoever is so far takes nobody's place on a shortlist."""

TRANSITIONS: Mapping[tuple[State, Command], State] = {
    ("shortlisted", "invite"): "invited",
    ("invited", "book"): "booked",
    ("booked", "book"): "booked",
    ("invited", "decline"): "declined",
    ("booked", "decline"): "declined",
    ("booked", "change"): "invited",
    ("shortlisted", "call_off"): "called_off",
    ("invited", "call_off"): "called_off",
    ("booked", "call_off"): "called_off",
    ("booked", "hold"): "held",
    ("held", "hold"): "held",
    ("missed", "hold"): "held",
    ("booked", "miss"): "missed",
}
"""All that can happen; points may be corrected, and somebody said to be missing may have come after all."""

_STATES: Mapping[State, tuple[str, str]] = {
    "shortlisted": ("아직 초대하지 않은 면접입니다.", "Nobody was invited to this interview yet."),
    "invited": ("아직 시간을 정하지 않은 면접입니다.", "No time was chosen for this interview yet."),
    "booked": ("이미 시간을 정한 면접입니다.", "A time was chosen for this interview already."),
    "held": ("이미 마친 면접입니다.", "This interview was held already."),
    "missed": ("참석하지 않은 것으로 처리된 면접입니다.", "This interview was missed."),
    "declined": ("참여하지 않기로 하신 면접입니다.", "This interview was declined."),
    "called_off": ("사업장이 취소한 면접입니다.", "The workplace called this interview off."),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that a workplace offers; `place` is an address, or `online`."""

    id: UUID
    opening: UUID
    starts_at: datetime
    ends_at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Interview:
    """One of them; `candidate` is the number under which the workplace knows the person.

    `total` of `most` points once it was held; `scores` is a sealed InterviewScores. `version` counts facts.
    """

    id: UUID
    candidate: UUID
    application: UUID
    person: UUID
    programme: str
    opening: UUID
    organisation: UUID
    state: State
    reason: WhyDeclined | WhyChanged | WhyCalledOff | None
    answer_by: datetime | None
    slot: UUID | None
    starts_at: datetime | None
    ends_at: datetime | None
    place: str | None
    total: int | None
    most: int | None
    scores: Sealed | None
    version: int


def decide(interview: Interview, command: Command, now: datetime) -> State:
    """The next state; raises Refusal 409 `interview-state`, or `not-begun` where its time has not come.

    Who declined for want of a suitable time may be invited again.
    """
    again = interview.state == "declined" and interview.reason == "no-suitable-time"
    if command == "invite" and again:
        return "invited"
    following = TRANSITIONS.get((interview.state, command))
    if following is None:
        ko, en = _STATES[interview.state]
        raise Refusal("interview-state", ko=ko, en=en, status=409)
    begun = interview.starts_at is not None and interview.starts_at <= now
    if command in ("hold", "miss") and not begun:
        raise Refusal(
            "not-begun",
            ko="아직 시작하지 않은 면접입니다.",
            en="This interview has not begun yet.",
            status=409,
        )
    if command in ("book", "decline", "change", "call_off") and begun:
        raise Refusal(
            "begun-already",
            ko="이미 시작 시각이 지난 면접입니다.",
            en="The time of this interview has passed.",
            status=409,
        )
    if (
        command == "book"
        and interview.answer_by
        and interview.state == "invited"
        and interview.answer_by < now
    ):
        raise _too_late()
    return following


def total_of(points: Mapping[str, int], rules: Interviews) -> tuple[int, int]:
    """The weighted sum of the points, and the most there could be.

    Raises Refusal 422 `scores-incomplete` or `points-out-of-range`.
    """
    known = {one.id: one for one in rules.criteria}
    if points.keys() != known.keys():
        names = ", ".join(known)
        raise Refusal(
            "scores-incomplete",
            ko=f"모든 항목의 점수를 하나씩 주십시오: {names}",
            en=f"Give points for each criterion, and no other: {names}",
            pointer="/points",
        )
    for name, given in points.items():
        if not 0 <= given <= known[name].points:
            most = known[name].points
            raise Refusal(
                "points-out-of-range",
                ko=f"'{known[name].name.ko}'의 점수는 0점부터 {most}점까지입니다.",
                en=f"Points for '{known[name].name.en}' go from 0 to {most}.",
                pointer=f"/points/{name}",
            )
    total = sum(points[name] * one.weight for name, one in known.items())
    return total, sum(one.points * one.weight for one in known.values())


def priority(points: int, interview: Interview | None, rules: Interviews) -> int | None:
    """What an opening goes by in a round, from 0 to 1000; None: the candidate is not acceptable to it.

    `rules.weight` per cent of the interview's share of its full points, and the rest of the points that the
    application has there, rounded down. Without an interview the first part is 0, or all is, where one is
    required or was missed.
    """
    state = interview.state if interview else None
    if state == "missed" and rules.no_show == "excluded":
        return None
    if rules.required and state not in ("held", "missed"):
        return None
    held = 0
    if interview is not None and state == "held" and interview.most:
        held = FULL * (interview.total or 0) // interview.most
    return (rules.weight * held + (100 - rules.weight) * points) // 100


def room(rules: Interviews, places: int, listed: int, more: int) -> None:
    """Whether so many more may be put on the shortlist; raises Refusal 409 `shortlist-full`."""
    most = rules.per_place * places
    if listed + more > most:
        raise Refusal(
            "shortlist-full",
            ko=f"면접 대상은 자리마다 {rules.per_place}명, 모두 {most}명까지 정할 수 있습니다.",
            en=f"{rules.per_place} candidates a place, {most} in all, may be put on the shortlist.",
            status=409,
        )


def answer_by(now: datetime, rules: Interviews) -> datetime:
    """Until when a time is to be chosen."""
    return now + timedelta(hours=rules.answer_within_hours)


def _too_late() -> Refusal:
    return Refusal(
        "too-late",
        ko="면접 시간을 정하실 수 있는 기한이 지났습니다.",
        en="The time to choose an interview has passed.",
        status=409,
    )
