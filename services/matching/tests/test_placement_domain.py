"""Placement's rules by themselves: transitions, answers in time, and places that are never given twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import get_args
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ieum.common.events.programme import Reserve
from ieum.common.kernel.errors import Refusal
from ieum.matching.placement.domain import (
    State,
    Waiter,
    Wish,
    allot,
    answer_by,
    decide,
    refill,
    to_pass_on,
)
from ieum.matching.placement.reasons import DECLINING, ENDING, cools_until

from .facts import definition

NOW = datetime(2022, 3, 10, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROOT = UUID(int=7)
STATES = get_args(State)


def uid(name: str) -> UUID:
    return uuid5(ROOT, name)


@pytest.mark.parametrize("by", ["person", "staff", "workplace", "service"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", ["accept", "decline", "expire", "release", "start", "complete", "end"])
def test_only_the_table_says_what_can_happen_and_who_does_it(state, command, by) -> None:
    """By a table written by hand: who may take which step from where."""
    person, host = {"person", "staff"}, {"workplace", "staff"}
    steps = {
        ("proposed", "accept"): ("accepted", person),
        ("proposed", "decline"): ("declined", person),
        ("proposed", "release"): ("declined", {"service"}),
        ("proposed", "expire"): ("expired", {"service"}),
        ("accepted", "start"): ("started", host),
        ("accepted", "end"): ("ended_early", person | host | {"service"}),
        ("started", "complete"): ("completed", host),
        ("started", "end"): ("ended_early", person | host | {"service"}),
    }
    given = {(to, command) for (_, command), (to, _) in steps.items()} - {("declined", "release")}
    if (state, command) in given - {("expired", "expire")}:
        assert decide(state, command, by=by, answer_by=LATER, now=NOW) == state
        return
    to, who = steps.get((state, command), (None, set()))
    if by in who:
        assert decide(state, command, by=by, answer_by=LATER, now=NOW) == to
        return
    with pytest.raises(Refusal) as refused:
        decide(state, command, by=by, answer_by=LATER, now=NOW)
    expected = ("match-not-yours", 403) if to else ("match-not-open", 409)
    assert (refused.value.code, refused.value.status) == expected


def test_an_answer_after_its_time_is_too_late_but_a_repeated_one_is_not() -> None:
    with pytest.raises(Refusal) as refused:
        decide("proposed", "accept", by="person", answer_by=NOW, now=LATER)
    assert (refused.value.code, refused.value.status) == ("answer-too-late", 409)
    assert decide("accepted", "accept", by="person", answer_by=NOW, now=LATER) == "accepted"


def test_without_good_cause_a_programme_cools_off() -> None:
    """No reason is none that is good; what was ended on the person's behalf is no refusal of theirs."""
    day = date(2022, 3, 10)
    first = date(2022, 4, 9)
    for reason in ("too-far", "personal", None):
        assert cools_until(DECLINING, reason, days=30, today=day) == first
    for reason in ("health", "care", "conditions-differ", "accepted-elsewhere", "withdrawn", "erased"):
        assert cools_until(DECLINING, reason, days=30, today=day) is None
    assert cools_until(ENDING, "absent", days=30, today=day) == first
    assert cools_until(ENDING, "workplace", days=30, today=day) is None
    assert cools_until(DECLINING, "too-far", days=0, today=day) is None


def test_the_time_to_answer_ends_with_a_day_in_korea() -> None:
    """The first day does not count (민법 157), the last one ends at midnight in Seoul (159)."""
    just_before_midnight = datetime(2022, 3, 10, 14, 59, tzinfo=UTC)
    just_after = datetime(2022, 3, 10, 15, 0, tzinfo=UTC)
    assert answer_by(just_before_midnight, 5) == datetime(2022, 3, 15, 14, 59, 59, tzinfo=UTC)
    assert answer_by(just_after, 5) == datetime(2022, 3, 16, 14, 59, 59, tzinfo=UTC)


def test_a_place_reserved_for_nobody_there_is_not_passed_on() -> None:
    """One of o1's two free places stays empty by the rules; only the one that was freed goes on."""
    empty = definition(reserves=(Reserve(group="near-poor", places=1, opens=False),)).matching
    opens = definition(reserves=(Reserve(group="near-poor", places=1),)).matching
    o1, o2 = uid("o1"), uid("o2")
    assert to_pass_on(empty, {o1: 1}, {o1: 2, o2: 1}) == {o1: 1}
    assert to_pass_on(opens, {o1: 1}, {o1: 2, o2: 1}) == {o1: 2, o2: 1}


def test_two_places_that_come_free_together_go_to_those_who_like_them_best() -> None:
    """Both wait at both; a stands first everywhere and likes o2 best, so b gets o1."""
    o1, o2, a, b = (uid(name) for name in ("o1", "o2", "a", "b"))
    waiters = [
        Waiter(o1, a, a, (o2, o1)), Waiter(o1, b, b, (o2, o1)),
        Waiter(o2, a, a, (o2, o1)), Waiter(o2, b, b, (o2, o1)),
    ]  # fmt: skip
    got = {wish.application: wish.openings for wish in refill(waiters, {o1: 1, o2: 1})}
    assert got == {a: (o2,), b: (o1,)}


@settings(deadline=None)
@given(st.data())
def test_refilling_is_stable(data: st.DataObject) -> None:
    """Nobody waits at an opening that is left free, or that went to somebody behind them."""
    openings = [uid(f"o{number}") for number in range(3)]
    people = [uid(f"p{number}") for number in range(6)]
    choices = {
        person: tuple(data.draw(st.lists(st.sampled_from(openings), unique=True))) for person in people
    }
    lines = {
        opening: data.draw(st.permutations([p for p in people if opening in choices[p]]))
        for opening in openings
    }
    free = {opening: data.draw(st.integers(1, 2)) for opening in openings}
    waiters = [Waiter(o, p, p, choices[p]) for o, line in lines.items() for p in line]
    got = {wish.person: wish.openings[0] for wish in refill(waiters, free)}
    for opening, line in lines.items():
        held = [person for person in line if got.get(person) == opening]
        assert len(held) <= free[opening]
        for person in line:
            better = choices[person][: choices[person].index(got[person])] if person in got else openings
            if opening in better:
                assert len(held) == free[opening]
                assert all(line.index(one) < line.index(person) for one in held)


class Ledger(RuleBasedStateMachine):
    """A programme whose places are offered, answered and passed on, in any order, by the pure rules alone."""

    @initialize(capacities=st.lists(st.integers(0, 2), min_size=1, max_size=3))
    def begin(self, capacities: list[int]) -> None:
        self.capacity = {uid(f"o{number}"): places for number, places in enumerate(capacities)}
        self.people: list[tuple[UUID, tuple[UUID, ...]]] = []
        self.matches: list[dict[str, object]] = []

    def _held(self, opening: UUID) -> int:
        return sum(m["opening"] == opening and m["state"] in ("proposed", "accepted") for m in self.matches)

    def _holders(self) -> set[object]:
        return {m["person"] for m in self.matches if m["state"] in ("proposed", "accepted")}

    def _give(self, wishes: list[Wish]) -> None:
        free = {opening: places - self._held(opening) for opening, places in self.capacity.items()}
        for offer in allot(wishes, free, self._holders()):  # type: ignore[arg-type]
            self.matches.append({"person": offer.person, "opening": offer.opening, "state": "proposed"})

    @rule(data=st.data())
    def arrive(self, data: st.DataObject) -> None:
        person = uid(f"p{len(self.people)}")
        choices = tuple(data.draw(st.lists(st.sampled_from(list(self.capacity)), unique=True, min_size=1)))
        self.people.append((person, choices))
        self._give([Wish(person, person, choices, choices)])

    @precondition(lambda self: self.matches)
    @rule(data=st.data(), command=st.sampled_from(["accept", "decline", "expire", "release"]))
    def answer(self, data: st.DataObject, command) -> None:
        match = data.draw(st.sampled_from(self.matches))
        before = match["state"]
        try:
            by = "person" if command in ("accept", "decline") else "service"
            match["state"] = decide(before, command, by=by, answer_by=LATER, now=NOW)  # type: ignore[arg-type]
        except Refusal:
            assert before != "proposed"
            return
        if before == "proposed" and match["state"] != "accepted":
            opening: UUID = match["opening"]  # type: ignore[assignment]
            free = {one: places - self._held(one) for one, places in self.capacity.items()}
            passed = to_pass_on(definition().matching, {opening: 1}, free)
            self._give(refill(self._line(), passed))

    def _line(self) -> list[Waiter]:
        had = {(m["person"], m["opening"]) for m in self.matches}
        return [
            Waiter(opening, person, person, choices)
            for opening in self.capacity
            for person, choices in self.people
            if opening in choices and person not in self._holders() and (person, opening) not in had
        ]

    @invariant()
    def nobody_waits_at_a_free_place(self) -> None:
        for waiter in self._line() if hasattr(self, "capacity") else ():
            assert self._held(waiter.opening) == self.capacity[waiter.opening]

    @invariant()
    def no_opening_holds_more_than_its_places(self) -> None:
        for opening, places in getattr(self, "capacity", {}).items():
            assert self._held(opening) <= places

    @invariant()
    def nobody_holds_two_places(self) -> None:
        held = [m["person"] for m in getattr(self, "matches", []) if m["state"] in ("proposed", "accepted")]
        assert len(held) == len(set(held))


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
