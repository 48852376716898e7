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


async def find(tx: Tx, id_: UUID) -> Organisation | None:
    """The organisation of that id."""
    row = await tx.fetchrow(f"select {_COLUMNS} from organisation where id = $1", id_)
    return Organisation(**dict(row)) if row else None


async def newest(tx: Tx, limit: int) -> list[Organisation]:
    """The newest first."""
    return [Organisation(**dict(row)) for row in await tx.fetch(_LIST, limit)]
