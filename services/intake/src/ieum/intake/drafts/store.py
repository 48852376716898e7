"""Drafts in SQL; what was chosen and written is sealed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.intake.drafts.domain import Draft

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = ", ".join(field.name for field in fields(Draft))
_INSERT = f"""insert into draft ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (person, programme) do nothing returning id"""
_FIND = f"select {_COLUMNS} from draft where id = $1 and expires_at > $2"
_OF_PEOPLE = f"""select {_COLUMNS} from draft where person = any($1) and expires_at > $2
order by changed_at, id"""
_CHANGE = """update draft set content = $2, changed_at = $3, expires_at = $4, version = version + 1
where id = $1"""
_DELETE = "delete from draft where id = any($1)"
_EXPIRED = "select id from draft where expires_at <= $1 order by expires_at limit $2 for update skip locked"
_EXPIRED_OF = "select id from draft where person = $1 and programme = $2 and expires_at <= $3 for update"
_OF_PERSON = "select id from draft where person = $1 for update"


async def insert(tx: Tx, draft: Draft) -> bool:
    """Insert; False where the person has a draft for the programme."""
    values = {field.name: getattr(draft, field.name) for field in fields(Draft)}
    values["content"] = draft.content.model_dump(mode="json")
    return bool(await tx.fetchval(_INSERT, *values.values()))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Draft | None:
    """The draft, locked until commit if asked; an expired one is not there any more."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_, tx.now)
    return _draft(row) if row else None


async def of_people(tx: Tx, people: Collection[UUID]) -> list[Draft]:
    """The drafts of these people, the longest untouched first."""
    return [_draft(row) for row in await tx.fetch(_OF_PEOPLE, list(people), tx.now)]


async def change(tx: Tx, id_: UUID, content: Sealed, expires_at: datetime) -> None:
    """Replace what was chosen and written."""
    await tx.execute(_CHANGE, id_, content.model_dump(mode="json"), tx.now, expires_at)


async def delete(tx: Tx, ids: Collection[UUID]) -> None:
    """Delete these drafts."""
    await tx.execute(_DELETE, list(ids))


async def expired(tx: Tx, limit: int) -> list[UUID]:
    """Drafts whose day has come, locked until commit."""
    return [row["id"] for row in await tx.fetch(_EXPIRED, tx.now, limit)]


async def expired_of(tx: Tx, person: UUID, programme: str) -> list[UUID]:
    """A person's draft for a programme whose day has come, if any; locked until commit."""
    return [row["id"] for row in await tx.fetch(_EXPIRED_OF, person, programme, tx.now)]


async def of_person(tx: Tx, person: UUID) -> list[UUID]:
    """A person's drafts, expired or not, locked until commit."""
    return [row["id"] for row in await tx.fetch(_OF_PERSON, person)]


def _draft(row: Any) -> Draft:
    return Draft(**{**dict(row), "content": Sealed.model_validate(row["content"])})
