"""Hypothesis drives visits and sessions over HTTP beside a model that knows the rules by heart."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from .conftest import Prepared
from .contacts import FRONT, HOPE, MIND, YOUTH, change, ok, queue
from .world import OPEN_DAY, World, empty, problem, world

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]
T = TypeVar("T")
AGENCIES = (HOPE, MIND)
MOVES = {
    "call": {"waiting": "called", "called": "called"},
    "put-back": {"called": "waiting"},
    "service": {"called": "served"},
    "departure": {"waiting": "left", "called": "left"},
}
BODIES: dict[str, Any] = {"call": {}, "service": {}}
SLOTS = st.integers(0, 3)
COUNSELLORS = st.sampled_from(["lee", "park"])
chosen = st.lists(st.sampled_from(AGENCIES), min_size=1, unique=True)


@dataclass
class Part:
    """What the model knows of one window."""

    visit: str
    agency: str
    state: str = "waiting"
    version: int = 1

    @property
    def is_open(self) -> bool:
        return self.state in {"waiting", "called"}


@dataclass
class Planned:
    """What the model knows of a session; `slot` is the how-manieth hour of tomorrow."""

    counsellor: str
    slot: int
    state: str = "planned"
    version: int = 1


@dataclass
class Known:
    """All visits with their numbers, all windows in the order of their queues, all sessions."""

    visits: dict[str, str] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)
    sessions: dict[str, Planned] = field(default_factory=dict)


def run(prepared: Prepared, examples: int, steps: int) -> None:
    loop, stack = asyncio.new_event_loop(), AsyncExitStack()
    try:
        made = loop.run_until_complete(
            stack.enter_async_context(world(prepared.dsn, prepared.secrets, prepared.prefix))
        )
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            lambda: Machine(loop, made),
            settings=settings(
                max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
                phases=[Phase.generate],  # shrinking over a database takes minutes
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    finally:
        loop.run_until_complete(stack.aclose())
        loop.close()


def test_windows_and_sessions_move_as_the_rules_say(prepared: Prepared) -> None:
    run(prepared, examples=8, steps=18)


@pytest.mark.long
def test_windows_and_sessions_move_as_the_rules_say_at_length(prepared: Prepared) -> None:
    run(prepared, examples=40, steps=25)


class Machine(RuleBasedStateMachine):
    """Each run begins with an empty database and one person, at the same moment."""

    def __init__(self, loop: asyncio.AbstractEventLoop, intake: World) -> None:
        super().__init__()
        self.loop, self.intake, self.known = loop, intake, Known()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.wait(empty(self.intake.admin_dsn))
        self.intake.clock._now = OPEN_DAY
        self.person = self.wait(self.intake.person())

    @rule(agencies=chosen)
    def take(self, agencies: list[str]) -> None:
        self.intake.advance(seconds=1)
        made = self.wait(ok_of(self.intake.post("visits", {"agencies": agencies}, agency=FRONT), 201))
        self.known.visits[made["id"]] = made["number"]
        self._learn(made)

    @precondition(lambda self: self.known.visits)
    @rule(data=st.data(), agencies=chosen)
    def hand_on(self, data: st.DataObject, agencies: list[str]) -> None:
        visit = data.draw(st.sampled_from(list(self.known.visits)))
        there = {part.agency for part in self.known.parts.values() if part.visit == visit and part.is_open}
        self.intake.advance(seconds=1)
        version = self._visit(visit)["version"]
        body = {"agencies": agencies}
        answer = self.wait(
            change(self.intake, f"visits/{visit}/windows", body, version=version, agency=FRONT)
        )
        if not there:
            assert problem(answer) == (409, "visit-ended")
        elif there & set(agencies):
            assert problem(answer) == (409, "window-open")
        elif len(self._of(visit)) + len(agencies) > 10:
            assert problem(answer) == (422, "windows-many")
        else:
            self._learn(self.wait(ok(answer, 201)))

    @precondition(lambda self: self.known.parts)
    @rule(data=st.data(), move=st.sampled_from(sorted(MOVES)), stale=st.booleans())
    def move(self, data: st.DataObject, move: str, stale: bool) -> None:
        self._move(data.draw(st.sampled_from(list(self.known.parts))), move, stale=stale)

    @precondition(lambda self: any(part.is_open for part in self.known.parts.values()))
    @rule(data=st.data(), then=st.sampled_from(["put-back", "service"]))
    def call_and_go_on(self, data: st.DataObject, then: str) -> None:
        """On the right way, so that queues turn and visits end."""
        is_open = [id_ for id_, part in self.known.parts.items() if part.is_open]
        id_ = data.draw(st.sampled_from(is_open))
        self._move(id_, "call")
        self._move(id_, then)

    def _move(self, id_: str, move: str, *, stale: bool = False) -> None:
        part = self.known.parts[id_]
        self.intake.advance(seconds=1)
        answer = self.wait(
            change(
                self.intake, f"windows/{id_}/{move}", BODIES.get(move),
                version=part.version + stale, agency=part.agency,
            )
        )  # fmt: skip
        to = MOVES[move].get(part.state)
        if stale:
            assert problem(answer) == (412, "stale")
        elif to is None:
            assert problem(answer) == (409, "window-transition")
        else:
            assert self.wait(ok(answer))["state"] == to
            part.state, part.version = to, part.version + 1
            if move == "put-back":
                self.known.parts[id_] = self.known.parts.pop(id_)  # to the end of the queue

    @rule(counsellor=COUNSELLORS, slot=SLOTS)
    def plan(self, counsellor: str, slot: int) -> None:
        body = {"person": self.person, "field": "debt", "counsellor": counsellor} | times(slot)
        answer = self.wait(self.intake.post("counselling/sessions", body, agency=YOUTH))
        if self._busy(counsellor, slot):
            assert problem(answer) == (409, "counsellor-busy")
        else:
            self.known.sessions[self.wait(ok(answer, 201))["id"]] = Planned(counsellor, slot)

    @precondition(lambda self: self.known.sessions)
    @rule(data=st.data(), counsellor=COUNSELLORS, slot=SLOTS, stale=st.booleans())
    def schedule(self, data: st.DataObject, counsellor: str, slot: int, stale: bool) -> None:
        id_ = data.draw(st.sampled_from(list(self.known.sessions)))
        one = self.known.sessions[id_]
        body = {"counsellor": counsellor} | times(slot)
        answer = self._session(id_, "schedule", body, stale=stale)
        if stale:
            assert problem(answer) == (412, "stale")
        elif one.state != "planned":
            assert problem(answer) == (409, "session-transition")
        elif self._busy(counsellor, slot, besides=id_):
            assert problem(answer) == (409, "counsellor-busy")
        else:
            self.wait(ok(answer))
            one.counsellor, one.slot, one.version = counsellor, slot, one.version + 1

    @precondition(lambda self: self.known.sessions)
    @rule(data=st.data(), how=st.sampled_from(["cancellation", "result"]))
    def end(self, data: st.DataObject, how: str) -> None:
        id_ = data.draw(st.sampled_from(list(self.known.sessions)))
        one = self.known.sessions[id_]
        now = self.intake.clock.now()
        real = {"start": (now - timedelta(hours=1)).isoformat(), "end": now.isoformat()}
        body = {"outcome": "settled", "real": real} if how == "result" else None
        answer = self._session(id_, how, body)
        if one.state != "planned":
            assert problem(answer) == (409, "session-transition")
        else:
            one.state = "done" if how == "result" else "cancelled"
            one.version += 1
            assert self.wait(ok(answer))["state"] == one.state

    @invariant()
    def queues_and_visits_are_as_the_model_says(self) -> None:
        for agency in AGENCIES:
            mine = {id_: part for id_, part in self.known.parts.items() if part.agency == agency}
            found = {one["id"]: one for one in self.wait(queue(self.intake, agency))} if mine else {}
            assert set(found) == {id_ for id_, part in mine.items() if part.is_open}
            waiting = [id_ for id_, part in mine.items() if part.state == "waiting"]
            for place, id_ in enumerate(waiting, start=1):
                assert found[id_]["position"] == place
        for visit in self.known.visits:
            states = [part.state for part in self._of(visit)]
            seen = self._visit(visit)
            is_open = any(part.is_open for part in self._of(visit))
            assert (seen["state"], seen["served"], seen["left"]) == (
                "open" if is_open else "ended", states.count("served"), states.count("left"),
            )  # fmt: skip

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        if not self.known.sessions:
            return
        query = {"since": "2022-02-01", "days": 60}
        found = self.wait(ok_of(self.intake.get("counselling/sessions", agency=YOUTH, params=query)))["items"]
        told = {one["id"]: (one["state"], one["counsellor"], one["version"]) for one in found}
        assert told == {
            id_: (one.state, one.counsellor, one.version) for id_, one in self.known.sessions.items()
        }
        taken = [(one["counsellor"], one["planned_at"]) for one in found if one["state"] == "planned"]
        assert len(set(taken)) == len(taken)

    def _of(self, visit: str) -> list[Part]:
        return [part for part in self.known.parts.values() if part.visit == visit]

    def _learn(self, made: dict[str, Any]) -> None:
        for one in made["windows"]:
            self.known.parts.setdefault(one["id"], Part(made["id"], one["agency"]))

    def _visit(self, visit: str) -> dict[str, Any]:
        return self.wait(ok_of(self.intake.get(f"visits/{visit}", agency=FRONT)))

    def _busy(self, counsellor: str, slot: int, besides: str = "") -> bool:
        return any(
            (one.counsellor, one.slot, one.state) == (counsellor, slot, "planned")
            for id_, one in self.known.sessions.items()
            if id_ != besides
        )

    def _session(self, id_: str, how: str, body: Any, *, stale: bool = False) -> Any:
        version = self.known.sessions[id_].version + stale
        return self.wait(
            change(self.intake, f"counselling/sessions/{id_}/{how}", body, version=version, agency=YOUTH)
        )


async def ok_of(asked: Coroutine[Any, Any, Any], status: int = 200) -> dict[str, Any]:
    return await ok(await asked, status)


def times(slot: int) -> dict[str, str]:
    start = OPEN_DAY + timedelta(days=1, hours=slot)
    return {"planned_at": start.isoformat(), "planned_until": (start + timedelta(hours=1)).isoformat()}
