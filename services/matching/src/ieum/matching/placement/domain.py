"""The life of a match, who gets a free place, and until when a proposal stands. Pure.

Invariants: an opening never holds more live matches than places; a person holds at most one place of a
programme; what ended stays ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from ieum.common.events.matching import Explanation
from ieum.common.kernel.dates import KST, korean_date
from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ieum.common.events.programme import Matching

State = Literal["proposed", "accepted", "declined", "expired"]
Command = Literal["accept", "decline", "expire", "release"]

TRANSITIONS: Mapping[tuple[State, Command], State] = {
    ("proposed", "accept"): "accepted",
    ("proposed", "decline"): "declined",
    ("proposed", "release"): "declined",
    ("proposed", "expire"): "expired",
}
"""All that can happen to a match; `release`: declined on the person's behalf, as they hold a place elsewhere,
withdrew, or were erased."""

REPEATED: Mapping[Command, State] = {"accept": "accepted", "decline": "declined"}
"""What an answer given twice finds: it changes nothing and is answered as before."""

_NOT_OPEN = {
    "accepted": ("이미 수락하신 제안입니다.", "This proposal was accepted already."),
    "declined": ("이미 거절하신 제안입니다.", "This proposal was declined already."),
    "expired": ("답변 기한이 지나 종료된 제안입니다.", "This proposal ended unanswered."),
}


@dataclass(frozen=True, slots=True)
class Match:
    """An application placed on an opening. `version` counts its facts; `rank` of the choice, from 1."""

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


def decide(state: State, command: Command, *, answer_by: datetime, now: datetime) -> State:
    """The next state; the same state where the answer was given before.

    Raises Refusal 409 `match-not-open` where it ended otherwise, `answer-too-late` after `answer_by`.
    """
    if REPEATED.get(command) == state:
        return state
    following = TRANSITIONS.get((state, command))
    if following is None:
        ko, en = _NOT_OPEN[state]
        raise Refusal("match-not-open", ko=ko, en=en, status=409)
    if command in REPEATED and now > answer_by:
        raise Refusal(
            "answer-too-late",
            ko="답변 기한이 지났습니다.",
            en="The time to answer has passed.",
            status=409,
        )
    return following


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
