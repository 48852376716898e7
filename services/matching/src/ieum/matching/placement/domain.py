"""The life of a match, who gets a free place, and until when a proposal stands. Pure.

Invariants: an opening never holds more live matches than places; a person holds at most one place of a
programme, and on no day two places of programmes that are exclusive; what ended stays ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID

from ieum.common.events.matching import Explanation
from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import KST, korean_date
from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ieum.common.events.programme import Matching

State = Literal["proposed", "accepted", "declined", "expired", "started", "completed", "ended_early"]
Command = Literal["accept", "decline", "expire", "release", "start", "complete", "end"]
By = Literal["person", "staff", "workplace", "service"]


class Step(NamedTuple):
    """Where a command leads, and who may give it; staff act for a person who asks them to."""

    to: State
    by: frozenset[str]


_SERVICE = frozenset({"service"})
_PERSON = frozenset({"person", "staff"})
_HOST = frozenset({"workplace", "staff"})
_EITHER = _PERSON | _HOST | _SERVICE

TRANSITIONS: Mapping[tuple[State, Command], Step] = {
    ("proposed", "accept"): Step("accepted", _PERSON),
    ("proposed", "decline"): Step("declined", _PERSON),
    ("proposed", "release"): Step("declined", _SERVICE),
    ("proposed", "expire"): Step("expired", _SERVICE),
    ("accepted", "start"): Step("started", _HOST),
    ("accepted", "end"): Step("ended_early", _EITHER),  # an acceptance withdrawn before the start
    ("started", "complete"): Step("completed", _HOST),
    ("started", "end"): Step("ended_early", _EITHER),
}
"""All that can happen to a match; `release`: declined on the person's behalf, as they hold a place elsewhere,
withdrew, or were erased. By the service a place ends where its application is withdrawn."""

OCCUPYING: frozenset[State] = frozenset({"proposed", "accepted", "started", "completed"})
"""Whose place is taken; of what ended early, only where the programme does not pass it on."""

REPEATED: Mapping[Command, State] = {
    "accept": "accepted",
    "decline": "declined",
    "start": "started",
    "complete": "completed",
    "end": "ended_early",
}
"""What a command given twice finds: it changes nothing and is answered as before."""

ANSWERS: frozenset[Command] = frozenset({"accept", "decline"})
"""What must come in time."""

_NOT_OPEN = {
    "proposed": ("아직 수락하지 않은 제안입니다.", "This proposal is not accepted yet."),
    "accepted": ("이미 수락하신 제안입니다.", "This proposal was accepted already."),
    "declined": ("이미 거절하신 제안입니다.", "This proposal was declined already."),
    "expired": ("답변 기한이 지나 종료된 제안입니다.", "This proposal ended unanswered."),
    "started": ("이미 시작된 자리입니다.", "This place was started already."),
    "completed": ("이미 마친 자리입니다.", "This place was completed already."),
    "ended_early": ("이미 중도에 종료된 자리입니다.", "This place ended early already."),
}


@dataclass(frozen=True, slots=True)
class Match:
    """An application placed on an opening. `version` counts its facts; `rank` of the choice, from 1.

    `held_from` and `held_until` are the Korean days, both included, on which the person is bound.
    """

    id: UUID
    application: UUID
    person: UUID
    programme: str
    opening: UUID
    organisation: UUID
    round: UUID | None
    rank: int
    state: State
    version: int
    reason: str | None
    proposed_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    exclusive: bool
    held_from: date | None
    held_until: date | None
    cools_until: date | None
    keeps_seat: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What a match becomes; days are Korean, `held_from` and `held_until` both included."""

    state: State
    reason: str | None = None
    held_from: date | None = None
    held_until: date | None = None
    cools_until: date | None = None
    keeps_seat: bool = False
    note: Sealed | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Wish:
    """An application that may be offered one of `openings`, in this order; `choices` are all its own."""

    application: UUID
    person: UUID
    openings: tuple[UUID, ...]
    choices: tuple[UUID, ...]
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A free place for an application; `rank` of the choice, from 1; `place`: `open`, `reserve:<group>`."""

    application: UUID
    person: UUID
    opening: UUID
    rank: int
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An offer as it is told."""

    offer: Offer
    organisation: UUID
    round: UUID | None
    answer_by: datetime
    told: Explanation = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waiter:
    """One who waits at an opening; lists of them are in the opening's order."""

    opening: UUID
    application: UUID
    person: UUID
    choices: tuple[UUID, ...]


def decide(state: State, command: Command, *, by: str, answer_by: datetime, now: datetime) -> State:
    """The next state; the same state where the command was given before.

    Raises Refusal 409 `match-not-open` where it cannot happen now, `answer-too-late` after `answer_by`, and
    403 `match-not-yours` where another must do it.
    """
    if REPEATED.get(command) == state:
        return state
    step = TRANSITIONS.get((state, command))
    if step is None:
        ko, en = _NOT_OPEN[state]
        raise Refusal("match-not-open", ko=ko, en=en, status=409)
    if by not in step.by:
        raise Refusal(
            "match-not-yours",
            ko="이 절차는 다른 분이 처리하셔야 합니다.",
            en="Somebody else has to do this.",
            status=403,
        )
    if command in ANSWERS and now > answer_by:
        raise Refusal(
            "answer-too-late",
            ko="답변 기한이 지났습니다.",
            en="The time to answer has passed.",
            status=409,
        )
    return step.to


def check_day(on: date, *, earliest: date, today: date) -> None:
    """A day on which something happened: not before what went before it; raises Refusal `day-impossible`."""
    if not earliest <= on <= today:
        raise Refusal(
            "day-impossible",
            ko=f"{earliest:%Y-%m-%d}부터 오늘까지의 날짜를 적어 주십시오.",
            en=f"State a day from {earliest:%Y-%m-%d} to today.",
            pointer="/on",
        )


def check_free(bound: bool) -> None:
    """Nobody is bound twice on a day; raises Refusal 409 `place-held`."""
    if bound:
        raise Refusal(
            "place-held",
            ko="같은 기간에 다른 사업의 자리에 참여하고 계십니다. 그 자리를 먼저 종료해 주십시오.",
            en="A place of another programme is held at that time. Please end it first.",
            status=409,
        )


def answer_by(now: datetime, days: int) -> datetime:
    """The last second of the day, Korean time, that is `days` after today (민법 157, 159)."""
    last: date = korean_date(now) + timedelta(days=days)
    return datetime.combine(last, time(23, 59, 59), KST).astimezone(UTC)


def allot(wishes: Iterable[Wish], free: Mapping[UUID, int], holders: Collection[UUID]) -> list[Offer]:
    """Give each, in the order given, the first of their openings that has a place; holders get none."""
    left, served = dict(free), set(holders)
    offers: list[Offer] = []
    for wish in wishes:
        opening = next((one for one in wish.openings if left.get(one, 0) > 0), None)
        if opening is None or wish.person in served:
            continue
        left[opening] -= 1
        served.add(wish.person)
        rank = wish.choices.index(opening) + 1
        offers.append(Offer(wish.application, wish.person, opening, rank, wish.place))
    return offers


def to_pass_on(programme: Matching, freed: Mapping[UUID, int], free: Mapping[UUID, int]) -> dict[UUID, int]:
    """How many places of each opening go to those who follow, when so many were freed.

    All that are free, as a place may have stayed free before because nobody waited then. Only where reserved
    places stay empty by the programme's rules those freed alone, or the empty ones would be given away.
    """
    if all(reserve.opens for reserve in programme.reserves):
        return {opening: places for opening, places in free.items() if places > 0}
    passed = {opening: min(places, free.get(opening, 0)) for opening, places in freed.items()}
    return {opening: places for opening, places in passed.items() if places > 0}


def refill(waiters: Sequence[Waiter], free: Mapping[UUID, int]) -> list[Wish]:
    """Who follows at openings with free places: a small market of its own, by deferred acceptance.

    Each asks in the order of their choices, each opening keeps the first of its waiting list; so nobody gets
    the second best of two places that come free together.
    """
    place: dict[UUID, dict[UUID, int]] = {opening: {} for opening in free}
    who: dict[UUID, Waiter] = {}
    for number, waiter in enumerate(waiters):
        if waiter.opening in place:
            place[waiter.opening][waiter.application] = number
            who[waiter.application] = waiter
    asks = {id_: [one for one in waiter.choices if id_ in place.get(one, {})] for id_, waiter in who.items()}
    held: dict[UUID, list[UUID]] = {opening: [] for opening in free}
    asking = list(who)
    while asking:
        application = asking.pop()
        if not asks[application]:
            continue
        opening = asks[application].pop(0)
        line = sorted([*held[opening], application], key=place[opening].__getitem__)
        held[opening], out = line[: free[opening]], line[free[opening] :]
        asking += out
    return [
        Wish(id_, who[id_].person, (opening,), who[id_].choices)
        for opening, line in sorted(held.items())
        for id_ in line
    ]
