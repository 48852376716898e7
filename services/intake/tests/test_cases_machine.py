"""A Hypothesis state machine drives cases over HTTP beside a model that knows Daegu's steps by heart."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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

from ieum.intake.cases import jobs

from .cases import AGENCY, DUTY, LEAD, Cases
from .conftest import Prepared
from .world import OPEN_DAY, empty, world

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
T = TypeVar("T")

# Step, state, days, who ends it.
ORDER = [
    ("discovery", "reported", 1, "staff"),
    ("first-counselling", "consulting", 3, "owner"),
    ("reception", "consulting", 1, "owner"),
    ("survey", "consulting", 10, "owner"),
    ("conference", "consulting", 5, "lead"),
    ("plan", "serving", 15, "owner"),
    ("provision", "serving", 90, "owner"),
    ("closing-review", "monitoring", 30, "lead"),
    ("aftercare", "follow-up", 180, "owner"),
]
ENTERS = {"consulting": "assess", "serving": "plan", "monitoring": "monitor", "follow-up": "follow-up"}
WAYS = ("advance", *ENTERS.values(), "closing", "reopening")
BODIES: dict[str, tuple[str, dict[str, Any]]] = {
    "closing": ("closing", {"reason": "other"}),
    "reopening": ("reopening", {"reason": "다시"}),
}
PLAN_AT = 5
CASES_MAX = 3
PEOPLE = ("lee", "park", DUTY, LEAD)
SERVICE = {"service": "meals", "provider": "centre", "since": "2022-02-01", "until": "2022-02-02"}
WORK: dict[str, tuple[dict[str, Any], set[str], str]] = {
    "services": (SERVICE, {"consulting", "serving", "monitoring", "follow-up"}, "staff"),
    "goals": ({"goal": "목표", "due_on": "2040-01-01"}, {"consulting", "serving", "monitoring"}, "owner"),
    "notes": ({"topic": "other", "text": "기록"}, {state for _, state, _, _ in ORDER}, "staff"),
}


@dataclass
class Known:
    """What the model knows of a case; `at` is its place in ORDER, None once it is closed."""

    at: int | None
    owner: str
    due_at: datetime | None
    version: int = 1
    overdue: bool = False

    def may(self, who: str, needed: str) -> bool:
        return who == LEAD or needed == "staff" or (needed == "owner" and who == self.owner)

    def enter(self, at: int | None, now: datetime) -> None:
        self.at, self.overdue, self.version = at, False, self.version + 1
        self.due_at = None if at is None else end_of_day(now, ORDER[at][2])

    def forward(self) -> str:
        """The command that leads on from here."""
        if self.at is None:
            return "reopening"
        if self.at + 1 == len(ORDER):
            return "closing"
        here, following = ORDER[self.at][1], ORDER[self.at + 1][1]
        return "advance" if here == following else ENTERS[following]

    def target(self, command: str) -> tuple[int | None, str] | None:
        """Where the command leads and who may give it; None where nobody may."""
        if self.at is None:
            return (1, "staff") if command == "reopening" else None
        _, state, _, mover = ORDER[self.at]
        if command == "closing":
            return None, mover if state == "follow-up" else "lead"
        if command == "plan" and state in {"monitoring", "follow-up"}:
            return PLAN_AT, "owner"
        return (self.at + 1, mover) if command == self.forward() else None


def end_of_day(now: datetime, days: int) -> datetime:
    korean = now + timedelta(hours=9)
    midnight = datetime(korean.year, korean.month, korean.day, tzinfo=UTC)
    return midnight + timedelta(days=days + 1, seconds=-1) - timedelta(hours=9)


@pytest.mark.parametrize(
    "examples", [10, pytest.param(120, marks=[pytest.mark.long, pytest.mark.timeout(0)])]
)
def test_no_illegal_state_no_divergence_never_an_open_case_without_owner_and_due_time(
    prepared: Prepared, examples: int
) -> None:
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()
    try:
        made = loop.run_until_complete(
            stack.enter_async_context(world(prepared.dsn, prepared.secrets, prepared.prefix))
        )
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            lambda: Machine(loop, Cases(made)),
            settings=settings(
                max_examples=examples, stateful_step_count=25, deadline=None, database=None,
                phases=[Phase.generate],  # shrinking over a database takes minutes
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    finally:
        loop.run_until_complete(stack.aclose())
        loop.close()


class Machine(RuleBasedStateMachine):
    """Each run begins with an empty database, one report, and the clock where it stands."""

    def __init__(self, loop: asyncio.AbstractEventLoop, cases: Cases) -> None:
        super().__init__()
        self.loop = loop
        self.cases = cases
        self.known: dict[str, Known] = {}

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @property
    def now(self) -> datetime:
        return self.cases.world.clock.now()

    @initialize()
    def begin(self) -> None:
        self.wait(empty(self.cases.world.admin_dsn))
        self.cases.world.clock._now = OPEN_DAY
        self.report(urgent=False)

    @precondition(lambda self: len(self.known) < CASES_MAX)
    @rule(urgent=st.booleans())
    def report(self, urgent: bool) -> None:
        made = self.wait(self.cases.begun(life_in_danger=urgent))
        due = self.now + timedelta(hours=1) if urgent else end_of_day(self.now, 1)
        self.known[made["id"]] = Known(0, DUTY, min(due, end_of_day(self.now, 1)))

    @rule(data=st.data(), steps=st.integers(1, 9), who=st.sampled_from(PEOPLE))
    def walk(self, data: st.DataObject, steps: int, who: str) -> None:
        """On the right way, by the lead; a closed case is opened again by whoever it is."""
        id_, case = self._drawn(data)
        for _ in range(steps):
            command = case.forward()
            self._move(id_, case, command, who if command == "reopening" else LEAD)

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), command=st.sampled_from(WAYS), stale=st.booleans())
    def move(self, data: st.DataObject, who: str, command: str, stale: bool) -> None:
        self._move(*self._drawn(data), command, who, stale=stale)

    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def try_what_is_not_allowed(self, data: st.DataObject, who: str) -> None:
        id_, case = self._drawn(data)
        for command in WAYS:
            target = case.target(command)
            if target is None or not case.may(who, target[1]):
                self._move(id_, case, command, who)

    @rule(
        data=st.data(), who=st.sampled_from(PEOPLE), path=st.sampled_from(sorted(WORK)), stale=st.booleans()
    )
    def work(self, data: st.DataObject, who: str, path: str, stale: bool) -> None:
        id_, case = self._drawn(data)
        body, states, needed = WORK[path]
        allowed = case.at is not None and ORDER[case.at][1] in states and case.may(who, needed)
        if self._asked(id_, case, path, body, who, stale=stale, allowed=allowed):
            case.version += 1

    @rule(data=st.data(), who=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE))
    def assign(self, data: st.DataObject, who: str, to: str) -> None:
        id_, case = self._drawn(data)
        allowed = case.at is not None
        if self._asked(id_, case, "owner", {"owner": to}, who, stale=False, allowed=allowed):
            case.owner, case.version = to, case.version + 1

    @rule(leaves=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE))
    def hand_over(self, leaves: str, to: str) -> None:
        body = {"from": leaves, "to": to}
        answer = self.wait(self.cases.world.post("cases/handover", body, agency=AGENCY, subject=LEAD))
        if leaves == to:
            assert answer.status_code == 422
            return
        theirs = [case for case in self.known.values() if case.owner == leaves and case.at is not None]
        assert answer.json() == {"cases": len(theirs)}
        for case in theirs:
            case.owner, case.version = to, case.version + 1

    @rule(hours=st.sampled_from([1, 30, 24 * 12, 24 * 100]))
    def time_passes(self, hours: int) -> None:
        self.cases.world.advance(hours=hours)
        self.wait(jobs.escalate_due(self.cases.world.service))
        for case in self.known.values():
            if case.due_at and case.due_at <= self.now and not case.overdue:
                case.owner, case.overdue, case.version = LEAD, True, case.version + 1

    @invariant()
    def nothing_diverges(self) -> None:
        if not self.known:
            return
        found = self.wait(self.cases.list(closed="true"))["items"]
        assert {one["id"] for one in found} == set(self.known)
        for one in found:
            case = self.known[one["id"]]
            due_at = datetime.fromisoformat(one["due_at"]) if one["due_at"] else None
            assert (one["owner"], one["version"], one["overdue"]) == (case.owner, case.version, case.overdue)
            assert due_at == case.due_at
            if case.at is None:
                assert one["state"] == "closed"
            else:
                assert (one["step"], one["state"]) == ORDER[case.at][:2]
                assert one["owner"]
                assert due_at is not None

    def _drawn(self, data: st.DataObject) -> tuple[str, Known]:
        id_ = data.draw(st.sampled_from(list(self.known)))
        return id_, self.known[id_]

    def _move(self, id_: str, case: Known, command: str, who: str, *, stale: bool = False) -> None:
        path, body = BODIES.get(command, ("steps", {"to": command}))
        target = case.target(command)
        allowed = target is not None and case.may(who, target[1])
        if self._asked(id_, case, path, body, who, stale=stale, allowed=allowed):
            assert target is not None
            case.enter(target[0], self.now)
            if command == "reopening":
                case.owner = who

    def _asked(
        self, id_: str, case: Known, path: str, body: dict[str, Any], who: str, *, stale: bool, allowed: bool
    ) -> bool:
        """Ask for it; whether it was done, which must be as the model says."""
        version = case.version + 1 if stale else case.version
        answer = self.wait(self.cases.do(id_, path, body, version=version, by=who))
        wanted = {412} if stale else {201} if allowed else {403, 409}
        assert answer.status_code in wanted, (path, body, who, answer.text)
        return answer.status_code == 201
