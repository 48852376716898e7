"""Openings in SQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import astuple
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.openings.domain import Opening

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = """id, programme, organisation, code, title, capacity, district, field, skills, wage_hourly_won,
  hours_per_week, months, contract, published_at, working_times"""
_INSERT = f"""insert into opening ({_COLUMNS})
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (programme, code) do nothing returning id"""
_OF_PROGRAMME = f"select {_COLUMNS} from opening where programme = $1 order by code"
_NAMED = f"""select {_COLUMNS} from opening where id = any($1)
union select {_COLUMNS} from unnest($2::text[], $3::text[]) as asked (programme, code)
join opening using (programme, code)"""


async def insert(tx: Tx, opening: Opening) -> bool:
    """Insert; False where the programme has an opening of that code."""
    return await tx.fetchval(_INSERT, *astuple(opening)) is not None


async def find(tx: Tx, id_: UUID) -> Opening | None:
    """The opening of that id."""
    row = await tx.fetchrow(f"select {_COLUMNS} from opening where id = $1", id_)
    return Opening(**dict(row)) if row else None


async def of_programme(tx: Tx, programme: str) -> list[Opening]:
    """All openings of a programme, by code."""
    return [Opening(**dict(row)) for row in await tx.fetch(_OF_PROGRAMME, programme)]


async def named(tx: Tx, ids: Collection[UUID], codes: Collection[tuple[str, str]]) -> list[Opening]:
    """Openings by id, and by programme and code."""
    columns = ([programme for programme, _ in codes], [code for _, code in codes])
    return [Opening(**dict(row)) for row in await tx.fetch(_NAMED, list(ids), *columns)]
