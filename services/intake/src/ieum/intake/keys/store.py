"""Where keys lie, in SQL."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_BY_KEK = "select kek, count(*) as keys from person_key group by kek order by kek"
_LAST = "select max(destroyed_at) from key_burial where person = $1"
_SWEPT = "select min(ended_at) from key_sweep where began_at >= $1"
# A tombstone that waits in the outbox would share its segment with the record that shall close that one.
_ROLLED = """update key_burial set rolled_at = $2 where rolled_at is null and destroyed_at <= $1
  and not exists (select from outbox where topic = $3) returning kid"""


async def by_kek(tx: Tx) -> dict[str, int]:
    """How many keys lie under which key-encryption key."""
    return {row["kek"]: row["keys"] for row in await tx.fetch(_BY_KEK)}


async def last_destroyed(tx: Tx, person: UUID) -> datetime | None:
    """When the last of a person's keys that are gone was destroyed."""
    found: datetime | None = await tx.fetchval(_LAST, person)
    return found


async def swept(tx: Tx, since: datetime) -> datetime | None:
    """When the first sweep ended that began then or later."""
    found: datetime | None = await tx.fetchval(_SWEPT, since)
    return found


async def rolled(tx: Tx, before: datetime, topic: str) -> int:
    """Take it that the segments with the tombstones of that time or earlier are closed; gives how many."""
    return len(await tx.fetch(_ROLLED, before, tx.now, topic))
