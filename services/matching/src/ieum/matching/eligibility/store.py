"""What eligibility reads of the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.model import Sealed
from ieum.common.events.programme import Programme
from ieum.matching.markets.domain import Person

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from ieum.common.postgres import Tx

_PROGRAMMES = "select distinct on (id) definition from programme order by id, version desc"
_HELD = """
select person, programme from match
where person = any($1) and state in ('accepted', 'started')"""
_AFTER = """
select id, district, sealed, sequence from person
where sealed is not null and id > $1 order by id limit $2"""

# An agency serves whoever applied to a programme that it runs now, unless they withdrew.
_SERVED = """
select exists (
  select from application a
  join lateral (select definition ->> 'agency' as agency from programme p
    where p.id = a.programme order by version desc limit 1) newest on true
  where a.person = $1 and a.state not in ('withdrawn', 'erased') and newest.agency = $2)"""


async def programmes(tx: Tx) -> list[Programme]:
    """The newest version of each, by id."""
    return [Programme.model_validate(row["definition"]) for row in await tx.fetch(_PROGRAMMES)]


async def held(tx: Tx, people: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The programmes in which these people hold a place; who holds none is left out."""
    found: dict[UUID, frozenset[str]] = {}
    for row in await tx.fetch(_HELD, list(people)):
        found[row["person"]] = found.get(row["person"], frozenset()) | {row["programme"]}
    return found


async def after(tx: Tx, person: UUID, limit: int) -> list[tuple[Person, Sealed]]:
    """The next people of whom a profile is held, by id."""
    rows = await tx.fetch(_AFTER, person, limit)
    found = [(row, Sealed.model_validate(row["sealed"])) for row in rows]
    return [(Person(row["id"], row["district"], sealed, row["sequence"]), sealed) for row, sealed in found]


async def is_served_by(tx: Tx, person: UUID, agency: str) -> bool:
    """Whether a person applied to a programme of that agency."""
    found: bool = await tx.fetchval(_SERVED, person, agency)
    return found
