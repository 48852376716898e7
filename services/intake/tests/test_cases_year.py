"""Nobody dropped: a year of a district on a clock moved by hand; much is late or referred, staff leave."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from ieum.intake.cases import jobs
from ieum.intake.departures import jobs as departures
from ieum.intake.referrals import jobs as referrals

from .cases import AGENCY, DUTY, LEAD, Cases
from .referrals import STEPS, body
from .staff import leave, registered
from .world import World

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

DAYS = 365
NEEDS = ("debt", "housing", "care")
VERBS = {
    "sent": ["receive"], "received": ["accept", "return"], "accepted": ["serve", "return"],
    "returned": ["close"], "served": ["close"],
}  # fmt: skip
WAYS = ("advance", "assess", "plan", "monitor", "follow-up")
_DROPPED = """select id from case_file
where state <> 'closed' and (due_at is null or not owner = any($1) or agency <> $2)"""
_UNHEARD = "select id from case_file where state <> 'closed' and due_at <= $1 and overdue_at is null"
_REFERRALS_DROPPED = """select id from referral where status <> 'closed' and (due_at is null
  or owner is distinct from case when status in ('returned', 'served') then from_agency else to_agency end)"""
_REFERRALS_UNHEARD = "select id from referral where due_at <= $1"
_UNKNOWN = """select id from case_report where not exists (select from case_file where id = case_id)"""


@dataclass
class District:
    """A district's team: who works there now, and how diligent chance makes them."""

    cases: Cases
    chance: random.Random
    staff: dict[str, dict[str, Any]] = field(default_factory=dict)
    hired: int = 0
    left: int = 0
    refused: int = 0
    terms: int = 0
    events: int = 0
    reports: int = 0
    people: list[str] = field(default_factory=list)
    db: asyncpg.Connection[asyncpg.Record] | None = None

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        """As a superuser, on one connection: the year asks some thousand times."""
        if self.db is None:
            self.db = await asyncpg.connect(self.cases.world.admin_dsn)
        return await self.db.fetch(sql, *arguments)

    async def begin(self) -> None:
        """Three people work here, in the registry."""
        for _ in range(3):
            await self.hire()
        self.people = [
            await self.cases.world.person(agency=AGENCY, phone=f"010-1234-{n:04}") for n in range(3)
        ]

    async def day(self) -> None:
        """A day: the clock's job, some reports, some work, and now and then somebody leaves."""
        self.cases.world.advance(days=1)
        while await jobs.escalate_due(self.cases.world.service):
            await self.look()
        unheard = await self.fetch(_UNHEARD, self.cases.world.clock.now())
        assert unheard == [], "late, and nobody was told"
        if self.chance.random() < 0.15:
            answer = await self.cases.report(life_in_danger=self.chance.random() < 0.2)
            assert answer.status_code == 201
            self.reports += 1
            await self.look()
        for case in (await self.cases.list())["items"]:
            if self.chance.random() < 0.06:
                await self.work(case)
        if self.chance.random() < 0.05:
            await self.leaves()
        await self.terms_end()
        await self.refer()

    async def work(self, case: dict[str, Any]) -> None:
        """Somebody takes what lies on the desk or with the lead; or ends the step; or closes the case."""
        if case["owner"] in (DUTY, LEAD):
            await self.act(case, "owner", {"owner": self.chance.choice(sorted(self.staff))}, by=LEAD)
            return
        ways = self.chance.sample(WAYS, len(WAYS))
        if case["state"] == "follow-up" or self.chance.random() < 0.05:
            await self.act(case, "closing", {"reason": "other"}, by=LEAD)
            return
        for to in ways:
            answer = await self.act(case, "steps", {"to": to}, by=LEAD)
            if answer == 201:
                return

    async def hire(self) -> None:
        """Somebody comes; one in three for some weeks only."""
        self.hired += 1
        account, now = f"staff-{self.hired}", self.cases.world.clock.now()
        days = self.chance.randrange(20, 90) if self.hired % 3 == 0 else None
        until = (now + timedelta(days=days)).date().isoformat() if days else None
        self.staff[account] = await registered(self.cases.world, account=account, until=until)

    async def leaves(self) -> None:
        """Somebody leaves: not before somebody else has what they own. Then somebody new comes."""
        gone = self.chance.choice(sorted(self.staff))
        one = self.staff[gone]
        official = {"role": "official", "subject": "official-1", "agency": AGENCY}
        alone = await leave(self.cases.world, one, **official)
        if alone.status_code == 409:
            self.refused += 1
            assert alone.json()["type"].endswith("/matters-open")
            await self.look()
            others = [*(set(self.staff) - {gone}), LEAD]
            successor = self.chance.choice(sorted(others))
            done = await leave(self.cases.world, one, successor=successor, **official)
            assert done.status_code == 200, done.text
            assert done.json()["passed"] > 0
        del self.staff[gone]
        self.left += 1
        await self.look()
        await self.hire()

    async def terms_end(self) -> None:
        """Whose last day is over leaves by the clock; the lead has what was theirs."""
        if not await departures.end_due(self.cases.world.service):
            return
        rows = await self.fetch("select account from staff where reason = 'term-ended'")
        for account in {row["account"] for row in rows} & set(self.staff):
            del self.staff[account]
            self.terms += 1
            await self.hire()
        await self.look()

    async def refer(self) -> None:
        """Now and then a person is handed to another agency, which answers, or does not."""
        world = self.cases.world
        while await referrals.lapse_due(world.service):
            await self.look()
        assert await self.fetch(_REFERRALS_UNHEARD, world.clock.now()) == []
        if self.chance.random() < 0.05:
            who = self.chance.choice(self.people)
            made = await world.post("referrals", body(who, need=self.chance.choice(NEEDS)), agency=AGENCY)
            assert made.status_code in {201, 409}, made.text
            await self.look()
        for one in await self.fetch(
            "select id, version, owner, status from referral where owner is not null"
        ):
            if self.chance.random() < 0.1:
                verb = self.chance.choice(VERBS[one["status"]])
                json = {"return": {"reason": "full"}, "accept": {}}.get(verb)
                headers = world.headers(agency=one["owner"]) | {"If-Match": f'"{one["version"]}"'}
                path = f"/intake/referrals/{one['id']}/{STEPS[verb]}"
                done = await world.client.post(path, json=json, headers=headers)
                assert done.status_code == 200, done.text
                await self.look()

    async def act(self, case: dict[str, Any], path: str, body: dict[str, Any], *, by: str) -> int:
        answer = await self.cases.do(case["id"], path, body, version=case["version"], by=by)
        assert answer.status_code in {201, 409}, answer.text
        await self.look()
        return answer.status_code

    async def look(self) -> None:
        """At every event: each open case belongs to somebody who works here now, and has a due time."""
        self.events += 1
        here = [*self.staff, DUTY, LEAD]
        assert await self.fetch(_DROPPED, here, AGENCY) == []
        assert await self.fetch(_UNKNOWN) == []
        assert await self.fetch(_REFERRALS_DROPPED) == []


@pytest.mark.parametrize("days", [90, pytest.param(DAYS, marks=pytest.mark.long)])
async def test_through_a_year_no_open_matter_is_without_owner_and_due_time(intake: World, days: int) -> None:
    """Seeded; the team is slow on purpose, so that much is late, and a dozen people leave."""
    district = District(Cases(intake), random.Random(2021))
    await district.begin()
    for _ in range(days):
        await district.day()
    assert district.db is not None
    await district.db.close()
    assert district.events > days // 2
    if days < DAYS:
        return
    rows = await intake.fetch(
        "select count(*) filter (where state = 'closed') closed, count(*) n from case_file"
    )
    [row] = rows
    assert row["n"] == district.reports > 30
    assert row["closed"] > 5
    assert district.left > 5
    assert district.refused > 3
    assert district.terms > 2
    referred = await intake.fetch("select status, count(*) as n from referral group by status")
    assert sum(row["n"] for row in referred) > 8
    assert any(row["status"] == "closed" for row in referred)
    assert district.events > 200
    told = await intake.told("intake-cases")
    assert sum("owner_before" in one for one in told) > 30, "much was late, and told"
    late = await intake.fetch("select case_id, step, at from case_entry where command = 'overdue'")
    moved = await intake.fetch("select 1 from case_entry where command = 'handover'")
    assert late
    assert moved
