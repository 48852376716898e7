"""Calls in SQL."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.contacts.calls.domain import Call

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_NAMES = tuple(field.name for field in fields(Call))
_COLUMNS = ", ".join(_NAMES)
_INSERT = f"""insert into contact_call ({_COLUMNS})
values ({", ".join(f"${place}" for place in range(1, len(_NAMES) + 1))})"""
_FIND = f"select {_COLUMNS} from contact_call where id = $1"
# Who was called again since, whatever came of it, is no more to be called back.
_DUE = f"""select {_COLUMNS} from contact_call call where agency = $1 and call_back_at <= $2 and not exists (
  select from contact_call later where later.person = call.person and later.begun_at > call.begun_at)
order by call_back_at, id limit $3"""


async def insert(tx: Tx, call: Call) -> None:
    """Insert a call."""
    await tx.execute(_INSERT, *(getattr(call, name) for name in _NAMES))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Call | None:
    """The call if it is the actor's agency's, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return Call(**dict(row)) if row else None


async def update(tx: Tx, call: Call) -> None:
    """Write how it ended."""
    await tx.execute(
        "update contact_call set state = $2, call_back_at = $3, done_at = $4, version = $5 where id = $1",
        call.id, call.state, call.call_back_at, call.done_at, call.version,
    )  # fmt: skip


async def to_call_back(tx: Tx, agency: str, until: datetime, limit: int) -> list[Call]:
    """The calls after which somebody is to be called back until a moment, the first due first."""
    return [Call(**dict(row)) for row in await tx.fetch(_DUE, agency, until, limit)]
