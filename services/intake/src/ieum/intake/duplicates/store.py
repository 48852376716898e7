"""The history of mergings in SQL."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.duplicates.domain import Merge
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = """id, merged, survivor, reason, staff, agency, merged_at, attached_at, undone_at, undone_by"""
_INSERT = """insert into person_merge (id, merged, survivor, reason, staff, agency, merged_at)
values ($1, $2, $3, $4, $5, $6, $7)"""
_FIND = f"select {_COLUMNS} from person_merge where id = $1"
_LIVE = f"select {_COLUMNS} from person_merge where merged = $1 and undone_at is null for update"
_OF = f"select {_COLUMNS} from person_merge where merged = $1 or survivor = $1 order by merged_at, id"
_UNDO = "update person_merge set undone_at = $2, undone_by = $3 where id = $1"
_MOMENTS = """select merged_at, 'merged', id, null, '' from person_merge
where merged = any($1) or survivor = any($1)
union all select undone_at, 'unmerged', id, null, '' from person_merge
where (merged = any($1) or survivor = any($1)) and undone_at is not null"""


async def insert(tx: Tx, merge: Merge) -> None:
    """Keep a merging."""
    one = merge
    values = (one.id, one.merged, one.survivor, one.reason, one.staff, one.agency, one.merged_at)
    await tx.execute(_INSERT, *values)


async def find(tx: Tx, id_: UUID) -> Merge | None:
    """One merging."""
    row = await tx.fetchrow(_FIND, id_)
    return Merge(**dict(row)) if row else None


async def live(tx: Tx, merged: UUID) -> Merge | None:
    """The merging of this person that holds, locked until commit."""
    row = await tx.fetchrow(_LIVE, merged)
    return Merge(**dict(row)) if row else None


async def of(tx: Tx, person: UUID) -> list[Merge]:
    """All mergings of a person and into them, the oldest first."""
    return [Merge(**dict(row)) for row in await tx.fetch(_OF, person)]


async def undo(tx: Tx, id_: UUID) -> None:
    """Note that a merging was undone."""
    await tx.execute(_UNDO, id_, tx.now, tx.actor.id)


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When registrations of these people were joined and parted."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]
