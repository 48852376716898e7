"""Organisations in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import Role

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_INSERT = """insert into organisation (id, name, roles, district, email, business_number, registered_at)
values ($1, $2, $3, $4, $5, $6, $7) on conflict (business_number) do nothing returning id"""
_COLUMNS = "id, name, roles, district, email, business_number, registered_at"
_LIST = f"select {_COLUMNS} from organisation order by registered_at desc, id limit $1"

_INSERT_ALL = """insert into organisation (id, name, roles, district, email, business_number, registered_at)
select id, name, roles, district, email, business_number, $2
from jsonb_to_recordset($1::jsonb) as new (id uuid, name text, roles text[], district text, email text,
  business_number text)"""
_NUMBERS = "select business_number from organisation where business_number = any($1)"
_NAMES = """select name, district from organisation
where (name, district) in (select * from unnest($1::text[], $2::text[]))"""


@dataclass(frozen=True)
class Organisation:
    """An organisation; all of it is public."""

    id: UUID
    name: str
    roles: Sequence[Role]
    district: str
    email: str | None
    business_number: str | None
    registered_at: datetime


async def insert(tx: Tx, one: Organisation) -> bool:
    """Insert; False where the business number is taken."""
    values = (one.id, one.name, list(one.roles), one.district, one.email, one.business_number)
    return await tx.fetchval(_INSERT, *values, one.registered_at) is not None


async def insert_all(tx: Tx, organisations: Sequence[Organisation]) -> None:
    """Insert several."""
    names = ("name", "roles", "district", "email", "business_number")
    rows = [{"id": str(one.id), **{name: getattr(one, name) for name in names}} for one in organisations]
    await tx.execute(_INSERT_ALL, rows, tx.now)


async def registered(
    tx: Tx, numbers: Sequence[str], names: Sequence[tuple[str, str]]
) -> set[str | tuple[str, str]]:
    """Which of these business numbers and (name, district) are there."""
    found: set[str | tuple[str, str]] = {
        row["business_number"] for row in await tx.fetch(_NUMBERS, list(numbers))
    }
    columns = [name for name, _ in names], [district for _, district in names]
    return found | {(row["name"], row["district"]) for row in await tx.fetch(_NAMES, *columns)}


async def find(tx: Tx, id_: UUID) -> Organisation | None:
    """The organisation of that id."""
    row = await tx.fetchrow(f"select {_COLUMNS} from organisation where id = $1", id_)
    return Organisation(**dict(row)) if row else None


async def newest(tx: Tx, limit: int) -> list[Organisation]:
    """The newest first."""
    return [Organisation(**dict(row)) for row in await tx.fetch(_LIST, limit)]
