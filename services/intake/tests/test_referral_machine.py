"""A Hypothesis state machine drives referrals over HTTP beside a model written by hand; they never part."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ieum.intake.referrals.jobs import lapse_due

from .conftest import Prepared
from .referrals import RECEIVER, SENDER, STRANGER, state_room, step
from .test_agreements import AGREEMENT
from .world import World, empty, problem, world

pytestmark = pytest.mark.servers
AGENCIES = (SENDER, RECEIVER, STRANGER)
VERBS = ("receive", "accept", "return", "serve", "close")
DAY = timedelta(days=1)


@dataclass
class Kept:
    """What the model knows of a referral."""

    id: str
    person: str
    sender: str
    receiver: str
    sent_at: datetime
    status: str = "sent"
    version: int = 1
    owner: str | None = None
    due: datetime | None = None

    def go(self, status: str, now: datetime) -> None:
        self.status = status
        self.version += 1
        at_sender = status in ("returned", "served")
        self.owner = None if status == "closed" else self.sender if at_sender else self.receiver
        days = {"accepted": 30, "returned": 7, "served": 7}
        self.due = now + days[status] * DAY if status in days else None
        if status == "received":
            self.due = self.sent_at + 7 * DAY


@dataclass
class Agreed:
    """What the model knows of an agreement between two agencies; both days are included."""

    id: str
    sender: str
    receiver: str
    until: date
    version: int = 1


class Machine(RuleBasedStateMachine):
    """`shared` is the runner and the world, made once for all examples."""

    shared: tuple[asyncio.Runner, World]

    def __init__(self) -> None:
        super().__init__()
        self.runner, self.intake = self.shared
        self.kept: list[Kept] = []
        self.slots: dict[str, tuple[str, datetime]] = {}
        self.places: dict[str, int | None] = {}
        self.people: list[str] = []
        self.agreements: list[Agreed] = []

    @property
    def now(self) -> datetime:
        return self.intake.clock.now()

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    @initialize()
    def begin(self) -> None:
        self.run(empty(self.intake.admin_dsn))
        self.people = [self.run(self.intake.person(name=name)) for name in ("홍길동", "김철수", "이영희")]
        for person in self.people:  # whoever refers somebody serves them
            self.run(self.intake.confer(person, SENDER, RECEIVER, STRANGER))

    @property
    def today(self) -> date:
        return (self.now + timedelta(hours=9)).date()

    @rule(pair=st.permutations(AGENCIES), days=st.sampled_from([0, 7, 60]))
    def sign(self, pair: list[str], days: int) -> None:
        sender, receiver, _ = pair
        until = self.today + timedelta(days=days)
        asked = AGREEMENT | {
            "from_agency": sender, "to_agency": receiver, "since": str(self.today), "until": str(until)
        }  # fmt: skip
        answer = self.run(self.intake.post("agreements", asked, role="official", agency=sender))
        assert answer.status_code == 201, answer.text
        self.agreements.append(Agreed(answer.json()["id"], sender, receiver, until))

    @rule(which=st.integers(0, 50))
    def end_an_agreement(self, which: int) -> None:
        """Today is its last day; what rests on it goes on."""
        if not self.agreements:
            return
        one = self.agreements[which % len(self.agreements)]
        headers = self.intake.headers("official") | {"If-Match": f'"{one.version}"'}
        url = f"/intake/agreements/{one.id}/end"
        body = {"last_day": str(self.today)}
        answer = self.run(self.intake.client.post(url, json=body, headers=headers))
        if one.until < self.today:
            assert problem(answer) == (409, "agreement-ended")
            return
        assert answer.status_code == 200, answer.text
        one.until, one.version = self.today, one.version + 1

    @rule(
        who=st.integers(0, 2),
        pair=st.permutations(AGENCIES),
        basis=st.sampled_from(["statute", "statute", "agreement"]),
    )
    def send(self, who: int, pair: list[str], basis: str) -> None:
        sender, receiver, _ = pair
        person = self.people[who]
        asked = {"person": person, "to_agency": receiver, "need": "debt", "basis": basis}
        answer = self.run(self.intake.post("referrals", asked, agency=sender))
        if basis == "agreement" and not any(
            (one.sender, one.receiver) == (sender, receiver) and self.today <= one.until
            for one in self.agreements
        ):
            assert problem(answer) == (422, "agreement-missing")
            return
        held = self.slots.get(person)
        if held is not None and self.now < held[1]:
            assert problem(answer) == (409, "referral-open")
            return
        places = self.places.get(receiver)
        if places is not None and self.taken(receiver) >= places:
            assert problem(answer) == (409, "full")
            return
        assert answer.status_code == 201, answer.text
        made = Kept(answer.json()["id"], person, sender, receiver, self.now)
        made.owner, made.due = receiver, self.now + DAY
        self.slots[person] = (made.id, self.now + 90 * DAY)
        self.kept.append(made)

    @rule(agency=st.sampled_from(AGENCIES), places=st.sampled_from([None, 0, 1, 2]))
    def state(self, agency: str, places: int | None) -> None:
        self.run(state_room(self.intake, places, agency=agency))
        self.places[agency] = places

    @rule(
        which=st.integers(0, 50),
        verb=st.sampled_from(VERBS),
        agency=st.sampled_from(AGENCIES),
        stale=st.sampled_from([False, False, False, True]),
    )
    def any_step(self, which: int, verb: str, agency: str, *, stale: bool) -> None:
        if not self.kept:
            return
        one = self.kept[which % len(self.kept)]
        self.expect(one, verb, agency, stale=stale)

    @rule(which=st.integers(0, 50), back=st.booleans())
    def next_step(self, which: int, *, back: bool) -> None:
        """Often enough the right step, so that the later states are reached too."""
        alive = [one for one in self.kept if one.status != "closed"]
        if not alive:
            return
        one = alive[which % len(alive)]
        ways = {
            "sent": "receive", "received": "return" if back else "accept",
            "accepted": "return" if back else "serve", "returned": "close", "served": "close",
        }  # fmt: skip
        assert one.owner is not None
        self.expect(one, ways[one.status], one.owner, stale=False)

    @rule(hours=st.sampled_from([1, 23, 24, 24 * 6, 24 * 8, 24 * 31]))
    def later(self, hours: int) -> None:
        self.intake.advance(hours=hours)
        while self.run(lapse_due(self.intake.service)):
            pass
        for one in self.kept:
            self.lapse(one)

    @invariant()
    def the_database_says_the_same(self) -> None:
        rows = self.run(self.intake.fetch("select * from referral"))
        found = {str(row["id"]): (row["status"], row["version"], row["owner"], row["due_at"]) for row in rows}
        assert found == {one.id: (one.status, one.version, one.owner, one.due) for one in self.kept}
        assert all((row["status"] == "closed") is (row["owner"] is None) for row in rows)
        held = self.run(self.intake.fetch("select referral from referral_slot"))
        assert {str(row["referral"]) for row in held} == {id_ for id_, _ in self.slots.values()}
        taken = self.run(self.intake.fetch("select agency, taken from referral_capacity"))
        assert {row["agency"]: row["taken"] for row in taken if row["taken"]} == {
            agency: self.taken(agency) for agency in AGENCIES if self.taken(agency)
        }
        told = self.run(
            self.intake.fetch(
                "select key, count(*) from outbox where topic = 'intake-referrals' group by key"
            )
        )
        assert {row["key"]: row["count"] for row in told} == {one.id: one.version for one in self.kept}

    def taken(self, agency: str) -> int:
        alive = ("sent", "received", "accepted")
        return sum(one.receiver == agency and one.status in alive for one in self.kept)

    def expect(self, one: Kept, verb: str, agency: str, *, stale: bool) -> None:
        version = one.version + 1 if stale else one.version
        answer = self.run(step(self.intake, one.id, verb, version, agency=agency))
        if agency not in (one.sender, one.receiver):
            assert problem(answer) == (404, "referral-unknown")
            return
        if stale:
            assert problem(answer) == (412, "stale")
            return
        leads = {
            ("sent", "receive"): "received", ("received", "accept"): "accepted",
            ("received", "return"): "returned", ("accepted", "return"): "returned",
            ("accepted", "serve"): "served", ("returned", "close"): "closed", ("served", "close"): "closed",
        }.get((one.status, verb))  # fmt: skip
        if leads is None:
            assert problem(answer) == (409, "step-impossible")
        elif agency != one.owner:
            assert problem(answer) == (403, "not-your-step")
        else:
            assert answer.status_code == 200, answer.text
            self.move(one, leads)

    def move(self, one: Kept, status: str) -> None:
        one.go(status, self.now)
        if status in ("returned", "closed") and self.slots.get(one.person, ("",))[0] == one.id:
            del self.slots[one.person]

    def lapse(self, one: Kept) -> None:
        if one.due is None or self.now < one.due:
            return
        if one.status in ("sent", "received") and self.now >= one.sent_at + 7 * DAY:
            self.move(one, "returned")
            return
        one.version += 1
        one.due = one.sent_at + 7 * DAY if one.status == "sent" else self.now + 7 * DAY


@pytest.mark.parametrize("examples", [6, pytest.param(100, marks=[pytest.mark.long, pytest.mark.timeout(0)])])
def test_referrals_never_part_from_their_model(prepared: Prepared, examples: int) -> None:
    """Whatever is sent, stated, stepped, or left lying: states, owners, times, places and facts agree."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        made = runner.run(stack.enter_async_context(world(prepared.dsn, prepared.secrets, prepared.prefix)))
        Machine.shared = (runner, made)
        try:
            run_state_machine_as_test(
                Machine,
                settings=settings(
                    max_examples=examples,
                    stateful_step_count=30,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                    database=None,
                    # Shrinking asks the database thousands of times; the steps that failed are printed.
                    phases=(Phase.generate,),
                ),
            )
        finally:
            runner.run(stack.aclose())
