"""Rounds in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ieum.matching.rounds.domain import Round

if TYPE_CHECKING:
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.rounds.computing import Cleared

_INSERT = """
insert into round (id, programme, state, seed, commitment, opened_by, opened_at)
values ($1, $2, 'opened', $3, $4, $5, $6) on conflict do nothing returning true"""

_COMPUTED = """
update round set state = 'computed', market = $2, result = $3, market_digest = $4, result_digest = $5,
  counts = $6, computed_at = $7
where id = $1"""

_DECIDED = """
update round set state = $2, decided_by = $3, decided_name = $4, decided_at = $5, reason = $6
where id = $1"""

_ROUND = "select * from round where id = $1"


async def insert(tx: Tx, id_: UUID, programme: str, seed: bytes, commitment: str) -> bool:
    """Insert an opened round; False where another one of the programme is not decided yet."""
    return bool(await tx.fetchval(_INSERT, id_, programme, seed, commitment, tx.actor.id, tx.now))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Round | None:
    """One round."""
    row: Any = await tx.fetchrow(_ROUND + (" for update" if lock else ""), id_)
    return Round(**{name: row[name] for name in Round.__slots__}) if row else None


async def computed(tx: Tx, id_: UUID, market: bytes, cleared: Cleared, counts: dict[str, int]) -> None:
    """Keep the exact documents and their digests."""
    digests = (cleared.market_digest, cleared.result_digest)
    await tx.execute(_COMPUTED, id_, market, cleared.result, *digests, counts, tx.now)


async def decided(tx: Tx, id_: UUID, state: str, name: str, reason: str | None) -> None:
    """Keep who confirmed the round or sent it back."""
    await tx.execute(_DECIDED, id_, state, tx.actor.id, name, tx.now, reason)
