"""Agreements in SQL; they are no personal data."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.agreements.domain import Agreement

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = "id, from_agency, to_agency, needs, purpose, basis, since, until, sequence, signed_at, shares"
_INSERT = f"""insert into agreement ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"""
_FIND = f"select {_COLUMNS} from agreement where id = $1"
# The one that holds longest comes first, so that what rests on it does so for as long as can be.
_BETWEEN = f"""select {_COLUMNS} from agreement where from_agency = $1 and to_agency = $2
order by until desc, id"""
_OF = f"""select {_COLUMNS} from agreement where $1::text is null or $1 in (from_agency, to_agency)
order by signed_at desc, id limit $2"""
_END = "update agreement set until = $2, sequence = sequence + 1 where id = $1"


async def insert(tx: Tx, one: Agreement) -> None:
    """Insert a new agreement."""
    days = (one.since, one.until, one.sequence, one.signed_at, list(one.shares))
    await tx.execute(
        _INSERT, one.id, one.from_agency, one.to_agency, list(one.needs), one.purpose, one.basis, *days
    )


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Agreement | None:
    """The agreement, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return Agreement(**dict(row)) if row else None


async def between(tx: Tx, from_agency: str, to_agency: str) -> list[Agreement]:
    """All that one agency has with another, in this direction."""
    return [Agreement(**dict(row)) for row in await tx.fetch(_BETWEEN, from_agency, to_agency)]


async def of(tx: Tx, agency: str | None, limit: int) -> list[Agreement]:
    """The newest first, of one agency or of all."""
    return [Agreement(**dict(row)) for row in await tx.fetch(_OF, agency, limit)]


async def end(tx: Tx, id_: UUID, last_day: date) -> None:
    """Let it end on that day."""
    await tx.execute(_END, id_, last_day)
