"""Counselling sessions in SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.contacts.counselling.domain import Session, Times

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_NAMES = tuple(field.name for field in fields(Session))
_COLUMNS = ", ".join(_NAMES)
_INSERT = f"""insert into counselling_session ({_COLUMNS})
values ({", ".join(f"${place}" for place in range(1, len(_NAMES) + 1))})"""
_FIND = f"select {_COLUMNS} from counselling_session where id = $1"
_PLANNED = f"""select {_COLUMNS} from counselling_session where person = $1 and state = 'planned'
order by id for update"""
_LISTED = f"""select {_COLUMNS} from counselling_session
where agency = $1 and planned_at >= $2 and planned_at < $3 and ($4::text is null or counsellor = $4)
  and ($5::uuid is null or person = $5)
order by planned_at, id limit $6"""
_OF = f"select {_COLUMNS} from counselling_session where person = any($1) order by planned_at, id"
_UPDATE = """update counselling_session set counsellor = $2, planned_at = $3, planned_until = $4, state = $5,
  started_at = $6, ended_at = $7, version = $8, sequence = $9 where id = $1"""
# Whoever plans for the same counsellor at the same time waits for this lock, and then finds the other's row.
_LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
_BUSY = """select exists (select from counselling_session where agency = $1 and counsellor = $2
  and state = 'planned' and planned_at < $4 and planned_until > $3 and id <> $5)"""


async def insert(tx: Tx, one: Session) -> None:
    """Insert a session."""
    await tx.execute(_INSERT, *(getattr(one, name) for name in _NAMES))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Session | None:
    """The session if it is the actor's agency's, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return Session(**dict(row)) if row else None


async def listed(
    tx: Tx, agency: str, span: Times, *, counsellor: str | None, person: UUID | None, limit: int
) -> list[Session]:
    """An agency's sessions planned in a span, the first first."""
    rows = await tx.fetch(_LISTED, agency, span.start, span.end, counsellor, person, limit)
    return [Session(**dict(row)) for row in rows]


async def of(tx: Tx, people: Collection[UUID]) -> list[Session]:
    """The sessions of these people that the actor may see, the first first."""
    return [Session(**dict(row)) for row in await tx.fetch(_OF, list(people))]


async def update(tx: Tx, one: Session) -> None:
    """Write what changed."""
    await tx.execute(
        _UPDATE, one.id, one.counsellor, one.planned_at, one.planned_until, one.state, one.started_at,
        one.ended_at, one.version, one.sequence,
    )  # fmt: skip


async def is_busy(tx: Tx, one: Session) -> bool:
    """Whether the counsellor has another session then; holds the counsellor's plans until commit."""
    await tx.execute(_LOCK, f"counsellor/{one.agency}/{one.counsellor}")
    return bool(
        await tx.fetchval(_BUSY, one.agency, one.counsellor, one.planned_at, one.planned_until, one.id)
    )


async def planned(tx: Tx, person: UUID) -> list[Session]:
    """What is planned with a person, locked until commit."""
    return [Session(**dict(row)) for row in await tx.fetch(_PLANNED, person)]
