"""Screening people again when something changed, and telling of the roadmaps that are others now.

What changed is a profile or what somebody holds (they are listed by triggers, in the transaction of the
change), a programme (there are more versions), or the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ieum.common.events.matching_roadmaps import RoadmapChanged
from ieum.common.kernel.dates import korean_date
from ieum.matching.eligibility import actions as eligibility
from ieum.matching.eligibility.answers import answer
from ieum.matching.roadmap import store
from ieum.matching.roadmap.domain import Roadmap, fingerprint, roadmap, told
from ieum.matching.roadmap.store import Screening

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from ieum.common.events.matching_roadmaps import RoadmapTold
    from ieum.common.events.programme import Programme
    from ieum.common.postgres import Tx
    from ieum.common.privacy.search import SearchKey
    from ieum.common.service.city import City
    from ieum.common.service.city_facts import MedianIncome
    from ieum.matching.eligibility.domain import Facts

WHOLE_MAX = 50
"""Roadmaps worked out in one transaction, so that nothing waits long behind it."""
TURNED_MAX = 2000
"""People looked at in columns when the day turns."""


@dataclass(frozen=True, slots=True)
class World:
    """What all roadmaps of a moment have in common."""

    today: date
    versions: int
    programmes: Sequence[Programme]
    medians: Sequence[MedianIncome]


async def shown(tx: Tx, person: UUID, city: City) -> Roadmap:
    """A person's roadmap today, for somebody to look at; recorded. Raises Refusal 404 `unknown-person`."""
    facts, answers = await eligibility.answers_for(tx, person, city)
    return roadmap(answers, facts.birth_date, korean_date(tx.now))


async def rescreen(tx: Tx, city: City, key: SearchKey) -> int:
    """Screen again some of those for whom it is due, and tell of what changed; gives how many were due."""
    versions, today = await store.versions(tx), korean_date(tx.now)
    due = await store.take_due(tx, WHOLE_MAX) or await store.behind(tx, versions, WHOLE_MAX)
    if not due:
        return await _turn(tx, today, city)
    world = World(today, versions, await eligibility.programmes(tx), city.median_incomes)
    # Locked before anything of them is read: of two processes, the later one tells what holds now.
    rows = await store.lock(tx, due, today, versions)
    facts = await eligibility.open_facts(tx, due)
    await store.drop(tx, set(due) - facts.keys())
    await _tell(tx, world, [row for row in rows if row.person in facts], facts, key)
    return len(due)


async def _turn(tx: Tx, today: date, city: City) -> int:
    """When the day turned: in columns, find those for whom it made a difference, and list them."""
    before, people = await store.of_oldest_day(tx, today, TURNED_MAX)
    if not people:
        return 0
    facts = await eligibility.open_facts(tx, people)
    await store.drop(tx, set(people) - facts.keys())
    programmes = await eligibility.programmes(tx)
    turned = eligibility.turned(programmes, list(facts.values()), (before, today), city.median_incomes)
    await store.add_due(tx, [one for one, differs in zip(facts, turned, strict=True) if differs])
    await store.pass_day(tx, facts, today)
    return len(people)


async def _tell(
    tx: Tx, world: World, rows: Sequence[Screening], facts: Mapping[UUID, Facts], key: SearchKey
) -> None:
    held = await eligibility.held(tx, facts)
    said = {row.person: _told(world, facts[row.person], held.get(row.person, frozenset())) for row in rows}
    seen = [_seen(row, said[row.person], key) for row in rows]
    await store.save(tx, world.today, world.versions, seen)
    for row, now in zip(rows, seen, strict=True):
        if now.version > row.version:
            person, private = row.person, [said[row.person]]
            data = RoadmapChanged(person=person)
            tx.publish(data, subject=person, sequence=now.version, person=person, private=private)


def _told(world: World, facts: Facts, held: Collection[str]) -> RoadmapTold:
    answers = [
        answer(programme, facts, world.today, world.medians)
        for programme in world.programmes
        if programme.id not in held
    ]
    return told(roadmap(answers, facts.birth_date, world.today))


def _seen(row: Screening, said: RoadmapTold, key: SearchKey) -> Screening:
    """A plain hash could be guessed, as there are few roadmaps: this one needs the key, and the person."""
    now = key.of("roadmap", f"{row.person}\x00{fingerprint(said)}")
    return row if now == row.told else Screening(row.person, now, row.version + 1)
