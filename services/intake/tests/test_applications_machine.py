"""Applications and appeals driven at random over HTTP on a real Postgres, beside a model written by hand.

What matching tells comes in between, people leave in the middle, and days pass over the end of the period.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

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
from ieum.intake.applications.consumers import on_matches

from .conftest import Prepared
from .world import OPEN_DAY, PROGRAMME, World, empty, world

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
T = TypeVar("T")

CODES = ("Y22-001", "Y22-002", "Y22-003")
LAST_DAY = "2022-03-04"  # of the programme's period
APPEAL_DAYS = 90
APPEALABLE = {"ineligible", "not-matched", "waiting", "proposed", "expired"}
UNDECIDED = {"submitted", "ranked", "waiting", "proposed"}
NAMES = ("홍길동", "성춘향", "이몽룡")


@dataclass
class Appealed:
    """What the model knows of an appeal; `outcome` is "" while it is open."""

    id: str
    decidable: bool
    outcome: str = ""


@dataclass
class Known:
    """What the model knows of an application."""

    person: str
    choices: list[str]
    status: str = "submitted"
    version: int = 1
    decisions: list[datetime] = field(default_factory=list)
    appeals: list[Appealed] = field(default_factory=list)
    appealed: set[int] = field(default_factory=set)
    by_round: bool = False
    """A round led to the newest decision, and nobody has said yet who confirmed it."""

    @property
    def live(self) -> bool:
        return self.status != "withdrawn"


def wanted(choices: list[str]) -> bool:
    return len(set(choices)) == len(choices) > 0


class Machine(RuleBasedStateMachine):
    """Each run begins with an empty database, the programme with three openings, and three people."""

    shared: tuple[asyncio.Runner, World]

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.intake = self.shared
        self.known: dict[str, Known] = {}
        self.people: dict[str, bool] = {}
        """Erased or not."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def now(self) -> datetime:
        return self.intake.clock.now()

    @property
    def open(self) -> bool:
        return (self.now + timedelta(hours=9)).date().isoformat() <= LAST_DAY

    @initialize()
    def begin(self) -> None:
        self.run(empty(self.intake.admin_dsn))
        self.intake.clock._now = OPEN_DAY
        self.run(self.intake.market(*CODES))
        self.people = {
            self.run(self.intake.person(name=name, phone=f"010-0000-000{at}")): False
            for at, name in enumerate(NAMES)
        }

    @rule(
        which=st.integers(0, 2),
        choices=st.one_of(
            st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True),
            st.lists(st.sampled_from(CODES), max_size=3),
        ),
        by_window=st.booleans(),
    )
    def apply(self, which: int, choices: list[str], by_window: bool) -> None:
        person = list(self.people)[which]
        who = {} if by_window else {"role": "citizen", "subject": person}
        answer = self.run(self.intake.apply(person, choices, **who))
        held = any(one.person == person and one.live for one in self.known.values())
        if not self.open or self.people[person] or not wanted(choices):
            assert answer.status_code in {404, 422}, answer.text
        elif held:
            assert answer.status_code == 409, answer.text
        else:
            assert answer.status_code == 201, answer.text
            self.known[answer.json()["id"]] = Known(person, choices)

    @precondition(lambda self: self.known)
    @rule(
        data=st.data(),
        choices=st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True),
        stale=st.sampled_from([False, False, True]),
    )
    def change(self, data: st.DataObject, choices: list[str], stale: bool) -> None:
        id_, known = self.drawn(data)
        headers = self.intake.headers() | {"If-Match": f'"{known.version + stale}"'}
        url, body = f"/intake/applications/{id_}", {"choices": choices}
        answer = self.run(self.intake.client.put(url, json=body, headers=headers))
        if stale:
            assert answer.status_code == 412, answer.text
        elif known.status not in {"submitted", "ranked", "ineligible"}:
            assert answer.status_code == 409, answer.text
        elif not self.open or self.people[known.person]:
            assert answer.status_code == 422, answer.text
        else:
            assert answer.status_code == 200, answer.text
            known.choices, known.version = choices, known.version + 1

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        id_, known = self.drawn(data)
        answer = self.run(self.intake.post(f"applications/{id_}/withdrawal"))
        assert answer.status_code == (201 if known.live else 409), answer.text
        if known.live:
            known.status, known.version = "withdrawn", known.version + 1

    @precondition(lambda self: self.known)
    @rule(
        data=st.data(),
        status=st.sampled_from(
            [
                "ranked",
                "ineligible",
                "proposed",
                "waiting",
                "not-matched",
                "accepted",
                "declined",
                "expired",
                "started",
                "completed",
                "ended-early",
            ]
        ),
    )
    def matching_tells(self, data: st.DataObject, status: str) -> None:
        """In whatever order: matching may not have heard of a withdrawal yet."""
        id_, known = self.drawn(data)
        self.intake.advance(minutes=1)
        about = {"person": UUID(known.person), "application": UUID(id_), "programme": PROGRAMME}
        place = {"opening": uuid4(), "organisation": uuid4()}
        fact = {
            "ranked": lambda: MatchRanked(**about, eligible=True),
            "ineligible": lambda: MatchRanked(**about, eligible=False),
            "proposed": lambda: MatchProposed(**about, **place, rank=1, answer_by=self.now),
            "waiting": lambda: MatchWaitlisted(**about, round=uuid4(), waiting=[]),
            "not-matched": lambda: MatchUnplaced(**about, round=uuid4(), reasons=[]),
            "accepted": lambda: MatchAccepted(**about, **place),
            "declined": lambda: MatchDeclined(**about, **place),
            "expired": lambda: MatchExpired(**about, **place),
            "started": lambda: MatchStarted(**about, **place, on=self.now.date()),
            "completed": lambda: MatchCompleted(**about, **place, on=self.now.date()),
            "ended-early": lambda: MatchEndedEarly(
                **about, **place, on=self.now.date(), reason="moved", before_start=False, passed_on=True
            ),
        }[status]()
        self.run(self.intake.consume(on_matches, fact, topic="matching-matches"))
        if status in APPEALABLE:
            known.decisions.append(self.now)
        known.by_round |= status in {"not-matched", "waiting"}
        if known.live and (status != "ranked" or known.status in {"submitted", "ranked"}):
            known.status = status

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def appeal(self, data: st.DataObject) -> None:
        id_, known = self.drawn(data)
        answer = self.run(self.intake.post(f"applications/{id_}/appeals", {"grounds": "다릅니다."}))
        if not known.decisions:
            assert answer.status_code == 409, answer.text
        elif self.days_since(known.decisions[-1]) > APPEAL_DAYS:
            assert answer.status_code == 422, answer.text
        elif len(known.decisions) in known.appealed:
            assert answer.status_code == 409, answer.text
        elif self.people[known.person]:
            assert answer.status_code in {404, 409, 422}, answer.text
        else:
            assert answer.status_code == 201, answer.text
            known.appealed.add(len(known.decisions))
            known.appeals.append(Appealed(answer.json()["id"], decidable=not known.by_round))

    @precondition(lambda self: any(one.appeals for one in self.known.values()))
    @rule(data=st.data(), outcome=st.sampled_from(["upheld", "dismissed", "withdrawn"]))
    def end_an_appeal(self, data: st.DataObject, outcome: str) -> None:
        appeals = [appeal for one in self.known.values() for appeal in one.appeals]
        appeal = data.draw(st.sampled_from(appeals))
        if outcome == "withdrawn":
            answer = self.run(self.intake.post(f"appeals/{appeal.id}/withdrawal"))
        else:
            body = {"outcome": outcome, "reasons_ko": "확인하였습니다."}
            answer = self.run(
                self.intake.post(f"appeals/{appeal.id}/decision", body, role="official", name="박서연")
            )
        may = not appeal.outcome and (outcome == "withdrawn" or appeal.decidable)
        assert answer.status_code == (201 if may else 409), answer.text
        if may:
            appeal.outcome = outcome

    @rule(which=st.integers(0, 2), sure=st.integers(0, 9).map(lambda at: at == 9))
    def erase(self, which: int, sure: bool) -> None:
        person = list(self.people)[which]
        if not sure:
            return
        answer = self.run(self.intake.post(f"people/{person}/erasure"))
        assert answer.status_code == (409 if self.people[person] else 201), answer.text
        if self.people[person]:
            return
        self.people[person] = True
        for known in self.known.values():
            if known.person == person:
                for appeal in known.appeals:
                    appeal.outcome = appeal.outcome or "withdrawn"
                if known.status in UNDECIDED:
                    known.status, known.version = "withdrawn", known.version + 1

    @rule(days=st.sampled_from([0, 0, 0, 1, 1, 5, 20, 91]))
    def days_pass(self, days: int) -> None:
        self.intake.advance(days=days)

    @invariant()
    def shown_as_the_model_says(self) -> None:
        for id_, known in self.known.items():
            answer = self.run(self.intake.get(f"applications/{id_}"))
            assert answer.status_code == 200, answer.text
            shown = answer.json()
            seen = (shown["status"], [one["code"] for one in shown["choices"]], shown["person"])
            assert seen == (known.status, known.choices, known.person), known
            assert answer.headers["ETag"] == f'"{known.version}"'

    @invariant()
    def at_most_one_is_live_and_every_change_was_told(self) -> None:
        if not self.people:
            return
        held = self.run(
            self.intake.fetch(
                "select person from application where withdrawn_at is null and programme = $1", PROGRAMME
            )
        )
        live = [str(row["person"]) for row in held]
        assert sorted(live) == sorted(one.person for one in self.known.values() if one.live)
        assert len(live) == len(set(live))
        rows = self.run(
            self.intake.fetch(
                "select key, count(*) from outbox where topic = 'intake-applications' group by key"
            )
        )
        told = {row["key"]: row["count"] for row in rows}
        assert {id_: told.get(id_) for id_ in self.known} == {
            id_: one.version for id_, one in self.known.items()
        }

    @invariant()
    def appeals_stand_as_the_model_says(self) -> None:
        wanted = {appeal.id: appeal.outcome for one in self.known.values() for appeal in one.appeals}
        rows = self.run(self.intake.fetch("select id, outcome from appeal"))
        assert {str(row["id"]): row["outcome"] or "" for row in rows} == wanted

    def drawn(self, data: st.DataObject) -> tuple[str, Known]:
        return data.draw(st.sampled_from(list(self.known.items())))

    def days_since(self, moment: datetime) -> int:
        korean = timedelta(hours=9)
        return ((self.now + korean).date() - (moment + korean).date()).days


def _drive(prepared: Prepared, examples: int, steps: int) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        made = runner.run(stack.enter_async_context(world(prepared.dsn, prepared.secrets, prepared.prefix)))
        Machine.shared = (runner, made)
        try:
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=steps,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    # Shrinking asks the database thousands of times; the steps that failed are printed.
                    phases=(Phase.generate,),
                ),
            )
        finally:
            runner.run(stack.aclose())


@pytest.mark.parametrize("examples", [5, pytest.param(80, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
def test_applications_never_part_from_their_model(prepared: Prepared, examples: int) -> None:
    _drive(prepared, examples, 30)
