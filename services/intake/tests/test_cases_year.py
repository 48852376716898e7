"""Nobody dropped: a year of a district on a clock moved by hand, with late work and staff who leave."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest

from ieum.intake.cases import jobs

from .cases import AGENCY, DUTY, LEAD, Cases
from .world import World

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

DAYS = 365
WAYS = ("advance", "assess", "plan", "monitor", "follow-up")
_DROPPED = """select id from case_file
where state <> 'closed' and (due_at is null or not owner = any($1) or agency <> $2)"""
_UNHEARD = "select id from case_file where state <> 'closed' and due_at <= $1 and overdue_at is null"
_UNKNOWN = """select id from case_report where not exists (select from case_file where id = case_id)"""


@dataclass
class District:
    """A district's team: who works there now, and how diligent chance makes them."""

    cases: Cases
    chance: random.Random
    staff: list[str] = field(default_factory=lambda: ["staff-1", "staff-2", "staff-3"])
    hired: int = 3
    events: int = 0
    reports: int = 0

    async def day(self) -> None:
        """A day: the clock's job, some reports, some work, and now and then somebody leaves."""
        self.cases.world.advance(days=1)
        while await jobs.escalate_due(self.cases.world.service):
            await self.look()
        unheard = await self.cases.world.fetch(_UNHEARD, self.cases.world.clock.now())
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

    async def work(self, case: dict[str, Any]) -> None:
        """Somebody takes what lies on the desk or with the lead; or ends the step; or closes the case."""
        if case["owner"] in (DUTY, LEAD):
            await self.act(case, "owner", {"owner": self.chance.choice(self.staff)}, by=LEAD)
            return
        ways = self.chance.sample(WAYS, len(WAYS))
        if case["state"] == "follow-up" or self.chance.random() < 0.05:
            await self.act(case, "closing", {"reason": "other"}, by=LEAD)
            return
        for to in ways:
            answer = await self.act(case, "steps", {"to": to}, by=LEAD)
            if answer == 201:
                return

    async def leaves(self) -> None:
        """Somebody leaves, and their cases go to whoever is there; then somebody new comes."""
        gone = self.chance.choice(self.staff)
        self.staff.remove(gone)
        body = {"from": gone, "to": self.chance.choice([*self.staff, LEAD])}
        answer = await self.cases.world.post("cases/handover", body, agency=AGENCY, subject=LEAD)
        assert answer.status_code == 200
        self.hired += 1
        await self.look()
        self.staff.append(f"staff-{self.hired}")

    async def act(self, case: dict[str, Any], path: str, body: dict[str, Any], *, by: str) -> int:
        answer = await self.cases.do(case["id"], path, body, version=case["version"], by=by)
        assert answer.status_code in {201, 409}, answer.text
        await self.look()
        return answer.status_code

    async def look(self) -> None:
        """At every event: each open case belongs to somebody who works here now, and has a due time."""
        self.events += 1
        here = [*self.staff, DUTY, LEAD]
        assert await self.cases.world.fetch(_DROPPED, here, AGENCY) == []
        assert await self.cases.world.fetch(_UNKNOWN) == []


async def test_through_a_year_no_open_matter_is_without_owner_and_due_time(intake: World) -> None:
    """Seeded; the team is slow on purpose, so that much is late, and a dozen people leave."""
    district = District(Cases(intake), random.Random(2021))
    for _ in range(DAYS):
        await district.day()
    rows = await intake.fetch(
        "select count(*) filter (where state = 'closed') closed, count(*) n from case_file"
    )
    [row] = rows
    assert row["n"] == district.reports > 30
    assert row["closed"] > 5
    assert district.hired > 8
    assert district.events > 200
    told = await intake.told("intake-cases")
    assert sum("owner_before" in one for one in told) > 30, "much was late, and told"
    late = await intake.fetch("select case_id, step, at from case_entry where command = 'overdue'")
    moved = await intake.fetch("select 1 from case_entry where command = 'handover'")
    assert late
    assert moved
