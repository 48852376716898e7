"""Follow-up steps in SQL."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ieum.common.kernel.dates import korean_date
from ieum.matching.placement.followups.domain import Step

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.placement.domain import Match
    from ieum.matching.placement.followups.domain import Due

_COLUMNS = ", ".join(one.name for one in fields(Step))
_INSERT = """
insert into follow_up (id, match, person, programme, step, owner, due_on)
select id, $2, $3, $4, step, owner, due_on
from jsonb_to_recordset($1::jsonb) as new (id uuid, step text, owner text, due_on date)
on conflict (match, step) do nothing"""
_FIND = f"select {_COLUMNS} from follow_up where id = $1"
_OWED = f"""
select {_COLUMNS} from follow_up where owner = $1 and done_on is null order by due_on, id limit $2"""
_DONE = "update follow_up set done_on = $2, done_by = $3 where id = $1 and done_on is null returning id"
_DROP = "delete from follow_up where match = $1 and done_on is null"
_LATE = f"""
select {_COLUMNS} from follow_up
where done_on is null and overdue_at is null and due_on < $1 order by due_on, id limit $2"""
_TOLD = """
update follow_up set overdue_at = $2 where id = $1 and overdue_at is null and done_on is null returning id"""


async def insert(tx: Tx, match: Match, steps: Mapping[UUID, Due]) -> None:
    """Add steps of a match, each once."""
    rows = [
        {"id": str(id_), "step": one.step, "owner": one.owner, "due_on": one.due_on.isoformat()}
        for id_, one in steps.items()
    ]
    await tx.execute(_INSERT, rows, match.id, match.person, match.programme)


async def find(tx: Tx, id_: UUID) -> Step | None:
    """One step."""
    row: Any = await tx.fetchrow(_FIND, id_)
    return Step(*row) if row else None


async def owed(tx: Tx, owner: str, limit: int) -> list[Step]:
    """What an agency owes, the most urgent first."""
    return [Step(*row) for row in await tx.fetch(_OWED, owner, limit)]


async def done(tx: Tx, id_: UUID, on: date) -> bool:
    """A step was done by the actor; False where it had been."""
    return bool(await tx.fetchval(_DONE, id_, on, tx.actor.id))


async def drop(tx: Tx, match: UUID) -> None:
    """Drop what is not done."""
    await tx.execute(_DROP, match)


async def late(tx: Tx, limit: int) -> list[Step]:
    """Steps that are late and of which that was not told."""
    return [Step(*row) for row in await tx.fetch(_LATE, korean_date(tx.now), limit)]


async def told(tx: Tx, id_: UUID) -> bool:
    """Keep that it was told that a step is late; False where it was, or the step is done."""
    return bool(await tx.fetchval(_TOLD, id_, tx.now))
