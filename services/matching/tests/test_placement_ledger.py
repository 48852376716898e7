"""One ledger of persons and seats across agencies, under real concurrency on Postgres.

Many people apply to several programmes of three agencies; then everything that can happen to a place happens
at once, on as many connections as the service has. Whatever came first: nobody is bound twice on a day, no
opening holds more than it has, the ledger is what a recount finds, no fact is missing or told twice, and
nothing deadlocks.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import pytest

from ieum.common.events.intake import ApplicationWithdrawn
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Actor, Tx
from ieum.common.privacy import purposes
from ieum.matching.placement import actions as placement

from .facts import event, opening, uid
from .test_placement_life import applied, published
from .world import World

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

AGENCIES = ("daegu-youth-centre", "daegu-suseong", "daegu-dalseo")
PROGRAMMES = {"p0": True, "p1": True, "p2": True, "p3": True, "p4": False}
"""Whether it is exclusive."""
STAFF = Actor("staff", "kim", AGENCIES[0], frozenset({"staff"}))

DOUBLE = """
select a.person from match a join match b on a.person = b.person and a.id < b.id
where a.exclusive and b.exclusive and a.held_from is not null and b.held_from is not null
  and a.held_from <= coalesce(b.held_until, 'infinity')
  and b.held_from <= coalesce(a.held_until, 'infinity')"""
STRANDED = """
select a.person from match a join match b using (person)
where a.exclusive and b.exclusive and a.state = 'proposed' and b.state in ('accepted', 'started')"""
RECOUNT = """
select s.opening from seat s
left join (select opening, count(*) as held from match
  where state in ('proposed', 'accepted', 'started', 'completed') or keeps_seat
  group by opening) m using (opening)
where s.taken <> coalesce(m.held, 0) or s.taken > s.capacity"""
TWO_OF_A_PROGRAMME = """
select person from match where state in ('proposed', 'accepted', 'started') group by person, programme
having count(*) > 1"""


@dataclass
class Crowd:
    """What is done at once, and how it was answered."""

    matching: World
    rng: Random
    answers: Counter[str] = field(default_factory=Counter)

    async def begin(self, people: int, seats: int) -> None:
        names = [f"p{number}" for number in range(people)]
        for number, (id_, exclusive) in enumerate(PROGRAMMES.items()):
            rules = {
                "exclusive": exclusive,
                "pass_on_after_start": bool(number % 2),
                "cooling_off_days": number % 3,
            }
            await self.matching.apply(
                published(id_, AGENCIES[number % 3], policy="rolling", waiting_list=True, **rules),
                *(opening(f"{id_}/{at}", programme=id_, capacity=seats) for at in range(3)),
            )
        await self.matching.apply(*(self.matching.person(name) for name in names))
        wanted = [
            applied(name, id_, *self.rng.sample([f"{id_}/{at}" for at in range(3)], 2))
            for name in names
            for id_ in self.rng.sample(list(PROGRAMMES), 3)
        ]
        await self.matching.apply(*wanted)

    async def one(self, what: str, work: Callable[[Tx], Awaitable[Any]], who: Actor = STAFF) -> None:
        database = self.matching.service.database
        try:
            async with database.unit_of_work(who, purposes.MATCHING) as tx:
                await work(tx)
            self.answers[what] += 1
        except Refusal as refused:
            self.answers[refused.code] += 1

    async def all_at_once(self) -> None:
        """Each live match gets two commands at the same time, and some applications are withdrawn."""
        rows = await self.matching.fetch(
            "select id, application, person, programme, state from match"
            " where state in ('proposed', 'accepted', 'started')"
        )
        day = korean_date(self.matching.service.clock.now())
        work = []
        for row in rows:
            kinds = (
                ["accept", "accept", "decline"]
                if row["state"] == "proposed"
                else ["start", "complete", "leave"]
            )
            work += [self._command(kind, row["id"], day) for kind in self.rng.sample(kinds, 2)]
        for row in self.rng.sample(rows, len(rows) // 10):
            work.append(self._withdraw(row["application"], row["person"], row["programme"]))
        work += [self.matching.expire() for _ in range(2)]
        self.rng.shuffle(work)
        await asyncio.gather(*work)

    def _command(self, kind: str, id_: UUID, day: Any) -> Any:
        does: dict[str, Callable[[Tx], Awaitable[Any]]] = {
            "accept": lambda tx: placement.answer(tx, id_, "accept"),
            "decline": lambda tx: placement.answer(tx, id_, "decline", "too-far"),
            "start": lambda tx: placement.start(tx, id_, day),
            "complete": lambda tx: placement.complete(tx, id_, day),
            "leave": lambda tx: placement.end_early(tx, id_, day, "personal"),
        }
        return self.one(kind, does[kind])

    async def _withdraw(self, application: UUID, person: UUID, programme: str) -> None:
        gone = ApplicationWithdrawn(person=person, programme=programme)
        await self.matching.apply(event(gone, application, sequence=2))

    async def holds(self) -> None:
        fetch = self.matching.fetch
        await self.matching.expire()
        assert await fetch(STRANDED) == []
        for wrong in (DOUBLE, RECOUNT, TWO_OF_A_PROGRAMME):
            assert await fetch(wrong) == [], wrong
        told: dict[str, list[int]] = {}
        for fact in await self.matching.told("match."):
            told.setdefault(fact.subject, []).append(fact.sequence)
        for row in await fetch("select id, version from match"):
            assert told[str(row["id"])] == list(range(1, row["version"] + 1))

    async def story(self, people: int, seats: int, turns: int) -> None:
        await self.begin(people, seats)
        await self.holds()
        for turn in range(turns):
            if turn % 3 == 2:
                self.matching.pass_days(6)  # what is open is too late now: answers and expiry meet
            await self.all_at_once()
            await self.holds()
        found = {fact.type.partition(".")[2] for fact in await self.matching.told("match.")}
        assert found >= {"declined", "expired", "started", "completed", "ended_early"}
        assert all(self.answers[what] for what in ("accept", "start", "leave", "match-not-open"))


async def test_a_crowd_of_forty_is_never_bound_twice_and_the_ledger_is_its_recount(matching: World) -> None:
    await Crowd(matching, Random(7)).story(40, 4, 3)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
async def test_two_hundred_people_and_five_programmes_of_three_agencies(matching: World, seed: int) -> None:
    await Crowd(matching, Random(seed)).story(200, 12, 6)


async def test_one_person_accepting_everywhere_at_once_gets_one(matching: World) -> None:
    """Thirty times: four open proposals of exclusive programmes, accepted in the same moment; one wins."""
    for number, id_ in enumerate(("p0", "p1", "p2", "p3")):
        await matching.apply(
            published(id_, AGENCIES[number % 3], policy="rolling"),
            opening(f"{id_}/0", programme=id_, capacity=30),
        )
    names = [f"n{number}" for number in range(30)]
    await matching.apply(*(matching.person(name) for name in names))
    await matching.apply(
        *(applied(name, id_, f"{id_}/0") for name in names for id_ in ("p0", "p1", "p2", "p3"))
    )
    rows = await matching.fetch("select id from match where state = 'proposed'")
    assert len(rows) == 120
    crowd = Crowd(matching, Random(1))
    ids = [row["id"] for row in rows]
    crowd.rng.shuffle(ids)
    await asyncio.gather(*(crowd._command("accept", id_, None) for id_ in ids))
    won = await matching.fetch(
        "select person, count(*) as number from match where state = 'accepted' group by person"
    )
    assert [row["number"] for row in won] == [1] * 30
    assert crowd.answers == {"accept": 30, "match-not-open": 90}
    await crowd.holds()
    assert {row["person"] for row in won} == {uid(name) for name in names}
