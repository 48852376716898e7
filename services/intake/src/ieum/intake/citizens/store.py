"""Citizens' sign-ins in SQL: keyed hashes, and the id of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

# The update that changes nothing gives the row back, whoever made it.
_SUBJECT = """insert into citizen (subject, login_hash) values ($1, $2)
on conflict (login_hash) do update set login_hash = excluded.login_hash returning subject"""
_CLAIM = """update citizen set registered_at = $2 where subject = $1 and registered_at is null
returning subject"""
_FORGET = "delete from citizen where subject = $1 and registered_at is not null"


async def subject(tx: Tx, fresh: UUID, login_hash: bytes) -> UUID:
    """The subject of a sign-in, `fresh` for a new one."""
    found: UUID = await tx.fetchval(_SUBJECT, fresh, login_hash)
    return found


async def claim(tx: Tx, subject: UUID) -> UUID | None:
    """Take the id that was kept for whoever signed in; None where there is none (any more)."""
    found: UUID | None = await tx.fetchval(_CLAIM, subject, tx.now)
    return found


async def forget(tx: Tx, person: UUID) -> None:
    """Loose a sign-in from a person."""
    await tx.execute(_FORGET, person)
