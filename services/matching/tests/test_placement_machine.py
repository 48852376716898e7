"""The life of matches driven at random on a real Postgres, beside a model written by hand.

Two people, two exclusive programmes and one that is not: whatever is asked by whomever on whichever day, the
answer is the model's, and so is what stands afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.placement import actions as placement

from .facts import opening, uid
from .test_placement_life import applied, published
from .world import Place, World, empty, world

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
T = TypeVar("T")

PROGRAMMES = {"p": True, "q": True, "r": False}
COOLING, ANSWER = 4, 3
PEOPLE = ("a", "b")


@dataclass
class Known:
    """What the model knows of a match."""

    state: str
    answer_until: date
    first: date | None = None
    last: date | None = None
    cool: date | None = None

    def binds(self, from_: date) -> bool:
        return self.first is not None and (self.last is None or self.last >= from_)


class Machine(RuleBasedStateMachine):
    """Each run begins with an empty database and a proposal to each person in each programme."""

    shared: tuple[asyncio.Runner, World, Place]

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.matching, self.place = self.shared
        self.known: dict[tuple[str, str], Known] = {}
        self.ids: dict[tuple[str, str], Any] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def today(self) -> date:
        return korean_date(self.matching.service.clock.now())

    @initialize()
    def begin(self) -> None:
        self.run(self._begin())
        until = self.today + timedelta(days=ANSWER)
        self.known = {key: Known("proposed", until) for key in self.ids}

    async def _begin(self) -> None:
        await empty(self.place)
        rules = {"policy": "rolling", "cooling_off_days": COOLING, "answer_within_days": ANSWER}
        for id_, exclusive in PROGRAMMES.items():
            await self.matching.apply(
                published(id_, exclusive=exclusive, waiting_list=False, **rules),
                opening(f"{id_}/1", programme=id_, capacity=9),
            )
        await self.matching.apply(*(self.matching.person(name) for name in PEOPLE))
        await self.matching.apply(*(applied(name, id_, f"{id_}/1") for name in PEOPLE for id_ in PROGRAMMES))
        rows = await self.matching.fetch("select id, person, programme from match")
        names = {uid(name): name for name in PEOPLE}
        self.ids = {(names[row["person"]], row["programme"]): row["id"] for row in rows}
        assert len(self.ids) == len(PEOPLE) * len(PROGRAMMES)

    def _do(self, by: str, work: Any) -> str:
        async def attempt() -> str:
            who = Actor(by, "somebody", "daegu-youth-centre", frozenset())  # type: ignore[arg-type]
            try:
                async with self.matching.service.database.unit_of_work(who, purposes.MATCHING) as tx:
                    await work(tx)
            except Refusal as refused:
                return refused.code
            return "done"

        return self.run(attempt())

    def _bound(self, key: tuple[str, str], from_: date, until: date | None = None) -> bool:
        return PROGRAMMES[key[1]] and any(
            other.binds(from_) and (until is None or other.first is None or other.first <= until)
            for (name, programme), other in self.known.items()
            if name == key[0] and programme != key[1] and PROGRAMMES[programme]
        )

    keys = st.sampled_from([(name, id_) for name in PEOPLE for id_ in PROGRAMMES])
    by = st.sampled_from(["person", "staff", "workplace"])
    days = st.integers(-2, 1)

    @rule(key=keys, by=by)
    def accept(self, key: tuple[str, str], by: str) -> None:
        known = self.known[key]
        got = self._do(by, lambda tx: placement.answer(tx, self.ids[key], "accept"))
        if known.state == "accepted":
            assert got == "done"
        elif known.state != "proposed":
            assert got == "match-not-open"
        elif by == "workplace":
            assert got == "match-not-yours"
        elif self.today > known.answer_until:
            assert got == "answer-too-late"
        elif self._bound(key, self.today):
            assert got == "place-held"
        else:
            assert got == "done"
            known.state, known.first = "accepted", self.today
            for (name, programme), other in self.known.items():
                together = PROGRAMMES[programme] and PROGRAMMES[key[1]]
                if name == key[0] and other.state == "proposed" and together:
                    other.state = "declined"

    @rule(key=keys, by=by, reason=st.sampled_from([None, "too-far", "health"]))
    def decline(self, key: tuple[str, str], by: str, reason: str | None) -> None:
        known = self.known[key]
        got = self._do(by, lambda tx: placement.answer(tx, self.ids[key], "decline", reason))
        if known.state == "declined":
            assert got == "done"
        elif known.state != "proposed":
            assert got == "match-not-open"
        elif by == "workplace":
            assert got == "match-not-yours"
        elif self.today > known.answer_until:
            assert got == "answer-too-late"
        else:
            assert got == "done"
            known.state = "declined"
            known.cool = None if reason == "health" else self.today + timedelta(days=COOLING)

    @rule(key=keys, by=by, back=days, length=st.sampled_from([None, 0, 3]))
    def start(self, key: tuple[str, str], by: str, back: int, length: int | None) -> None:
        known, on = self.known[key], self.today + timedelta(days=back)
        until = None if length is None else on + timedelta(days=length)
        got = self._do(by, lambda tx: placement.start(tx, self.ids[key], on, until))
        if known.state == "started":
            assert got == "done"
        elif known.state != "accepted":
            assert got == "match-not-open"
        elif by == "person":
            assert got == "match-not-yours"
        elif known.first is None or not known.first <= on <= self.today:
            assert got == "day-impossible"
        elif self._bound(key, on, until):
            assert got == "place-held"
        else:
            assert got == "done"
            known.state, known.first, known.last = "started", on, until

    @rule(key=keys, by=by, back=days)
    def complete(self, key: tuple[str, str], by: str, back: int) -> None:
        known, on = self.known[key], self.today + timedelta(days=back)
        got = self._do(by, lambda tx: placement.complete(tx, self.ids[key], on))
        if known.state == "completed":
            assert got == "done"
        elif known.state != "started":
            assert got == "match-not-open"
        elif by == "person":
            assert got == "match-not-yours"
        elif known.first is None or not known.first <= on <= self.today:
            assert got == "day-impossible"
        else:
            assert got == "done"
            known.state, known.last = "completed", on

    @rule(key=keys, by=by, back=days, reason=st.sampled_from(["absent", "workplace"]))
    def leave(self, key: tuple[str, str], by: str, back: int, reason: str) -> None:
        known, on = self.known[key], self.today + timedelta(days=back)
        got = self._do(by, lambda tx: placement.end_early(tx, self.ids[key], on, reason))
        if known.state == "ended_early":
            assert got == "done"
        elif known.state not in ("accepted", "started"):
            assert got == "match-not-open"
        elif known.first is None or not known.first <= on <= self.today:
            assert got == "day-impossible"
        else:
            assert got == "done"
            began = known.state == "started"
            known.first, known.last = (known.first, on) if began else (None, None)
            known.state = "ended_early"
            known.cool = None if reason == "workplace" else self.today + timedelta(days=COOLING)

    @rule(days=st.integers(1, 2))
    def days_pass(self, days: int) -> None:
        self.matching.pass_days(days)

    @rule()
    def expire(self) -> None:
        self.run(self.matching.expire())
        for known in self.known.values():
            if known.state == "proposed" and self.today > known.answer_until:
                known.state = "expired"

    @invariant()
    def what_stands_is_what_the_model_says(self) -> None:
        rows = self.run(
            self.matching.fetch("select id, state, held_from, held_until, cools_until from match")
        )
        stands = {row["id"]: tuple(row)[1:] for row in rows}
        for key, known in self.known.items():
            assert stands[self.ids[key]] == (known.state, known.first, known.last, known.cool), key


@pytest.fixture
def machine(place: Place) -> Iterator[type[Machine]]:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        made = runner.run(stack.enter_async_context(world(place)))
        yield type("Shared", (Machine,), {"shared": (runner, made, place)})
        runner.run(stack.aclose())


def drive(machine: type[Machine], runs: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            derandomize=True,
        ),
    )


def test_a_match_lives_as_the_model_says(machine: type[Machine]) -> None:
    drive(machine, 5, 20)


@pytest.mark.long
def test_a_match_lives_as_the_model_says_for_long(machine: type[Machine]) -> None:
    drive(machine, 100, 40)
