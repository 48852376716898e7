"""Organisations in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake import Role
from ieum.common.events.intake_staff import VerificationSource

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_GIVEN = ("name", "roles", "district", "email", "business_number", "corporate_number")
_VERIFIED = ("verified_at", "verified_by", "verified_on", "verification_source", "verification_number")
_INSERT = f"""insert into organisation (id, {", ".join(_GIVEN)}, registered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning id"""
_COLUMNS = f"id, {', '.join(_GIVEN)}, registered_at, sequence, {', '.join(_VERIFIED)}"
_LIST = f"select {_COLUMNS} from organisation order by registered_at desc, id limit $1"
_CHANGED = (*_GIVEN, "sequence", *_VERIFIED)
_SAVE = f"""update organisation
set {", ".join(f"{name} = ${place}" for place, name in enumerate(_CHANGED, 2))} where id = $1"""
_TAKEN = """select exists (select from organisation
  where id <> $1 and (business_number = $2 or corporate_number = $3))"""

_INSERT_ALL = """insert into organisation (id, name, roles, district, email, business_number, registered_at)
select id, name, roles, district, email, business_number, $2
from jsonb_to_recordset($1::jsonb) as new (id uuid, name text, roles text[], district text, email text,
  business_number text)"""
_NUMBERS = "select business_number from organisation where business_number = any($1)"
_NAMES = """select name, district from organisation
where (name, district) in (select * from unnest($1::text[], $2::text[]))"""


@dataclass(frozen=True)
class Organisation:
    """An organisation; all of it is public. `verified_at` None: nobody compared it with a document yet."""

    id: UUID
    name: str
    roles: Sequence[Role]
    district: str
    email: str | None
    business_number: str | None
    registered_at: datetime
    corporate_number: str | None = None
    sequence: int = 1
    verified_at: datetime | None = None
    verified_by: str | None = None
    verified_on: date | None = None
    verification_source: VerificationSource | None = None
    verification_number: str | None = None


async def insert(tx: Tx, one: Organisation) -> bool:
    """Insert; False where one of its numbers is taken."""
    values = (_value(one, name) for name in _GIVEN)
    return await tx.fetchval(_INSERT, one.id, *values, one.registered_at) is not None


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


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Organisation | None:
    """The organisation of that id, locked until commit if asked."""
    sql = f"select {_COLUMNS} from organisation where id = $1" + (" for update" if lock else "")
    row = await tx.fetchrow(sql, id_)
    return Organisation(**dict(row)) if row else None


async def save(tx: Tx, one: Organisation) -> bool:
    """Keep a locked organisation as it is now; False where one of its numbers is another's."""
    if await tx.fetchval(_TAKEN, one.id, one.business_number, one.corporate_number):
        return False
    await tx.execute(_SAVE, one.id, *(_value(one, name) for name in _CHANGED))
    return True


async def newest(tx: Tx, limit: int) -> list[Organisation]:
    """The newest first."""
    return [Organisation(**dict(row)) for row in await tx.fetch(_LIST, limit)]


def _value(one: Organisation, name: str) -> Any:
    value = getattr(one, name)
    return list(value) if name == "roles" else value
