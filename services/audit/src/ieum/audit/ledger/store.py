"""The log's tables, on the caller's transaction: a batch is read for in one statement and written in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ieum.audit.ledger.domain import WITHHELD_FORBIDDEN, Growth
from ieum.audit.ledger.leaf import Opening
from ieum.audit.ledger.merkle import HASH_BYTES, Frontier
from ieum.audit.ledger.tiles import ENTRIES, WIDTH, Tile

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from ieum.common.postgres import Tx

_LOCK = "select size, frontier from ledger_state for update"

_APPEND = """
with state as (update ledger_state set size = $1, frontier = $2),
leaves as (
  insert into ledger_leaf (leaf_index, leaf, topic, part, offs, repeats, event_id)
  select $3 + n - 1, leaf, topic, part, offs, repeats, event_id
  from unnest($4::bytea[], $5::text[], $6::int[], $7::bigint[], $8::boolean[], $9::uuid[])
    with ordinality as new (leaf, topic, part, offs, repeats, event_id, n)),
openings as (
  insert into ledger_opening (leaf_index, nonce, record, withheld)
  select $3 + n - 1, nonce, record, case when nonce is null then $10 end
  from unnest($11::bytea[], $12::bytea[]) with ordinality as new (nonce, record, n))
insert into ledger_tile (level, tile_index, hashes)
select * from unnest($13::smallint[], $14::bigint[], $15::bytea[])
on conflict (level, tile_index) do update set hashes = ledger_tile.hashes || excluded.hashes"""

_LAST_CHECKPOINT = "select number, size, note from ledger_checkpoint order by number desc limit 1"

_SAVE_CHECKPOINT = "insert into ledger_checkpoint (number, size, note, signed_at) values ($1, $2, $3, $4)"

_TILE = """
select substring(hashes from 1 for $3) from ledger_tile
where level = $1 and tile_index = $2 and octet_length(hashes) >= $3"""

_TILES = """
select level, tile_index, hashes from ledger_tile
join unnest($1::smallint[], $2::bigint[]) as wanted (level, tile_index) using (level, tile_index)"""

_LEAVES = "select leaf from ledger_leaf where leaf_index >= $1 and leaf_index < $2 order by leaf_index"

_LEAVES_OF_EVENT = "select leaf_index, leaf from ledger_leaf where event_id = $1 order by leaf_index"

_OPENING = """
select event_id, nonce, record, withheld
from ledger_leaf l left join ledger_opening o using (leaf_index) where leaf_index = $1"""


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it was signed: the how-manieth, its size, and the whole note."""

    number: int
    size: int
    note: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept beside a leaf: its opening, or the reason why there is none."""

    event_id: UUID | None
    opening: Opening | None
    withheld: str | None


async def lock(tx: Tx) -> Frontier:
    """The log's right edge, held until the end of the transaction: nobody else appends or signs."""
    row = await tx.fetchrow(_LOCK)
    assert row is not None, "the migration makes this row"  # noqa: S101
    return Frontier.parse(row["size"], row["frontier"])


async def append(tx: Tx, growth: Growth) -> None:
    """Write a batch in one statement; the state must be locked."""
    entries = growth.entries
    openings = [entry.opening for entry in entries]
    await tx.execute(
        _APPEND,
        growth.frontier.size,
        growth.frontier.data,
        growth.start,
        [entry.data for entry in entries],
        [entry.leaf.topic for entry in entries],
        [entry.leaf.partition for entry in entries],
        [entry.leaf.offset for entry in entries],
        [entry.leaf.repeat for entry in entries],
        [entry.event_id for entry in entries],
        WITHHELD_FORBIDDEN,
        [opening.nonce if opening else None for opening in openings],
        [opening.framed if opening else None for opening in openings],
        [tile.level for tile, _ in growth.tiles],
        [tile.index for tile, _ in growth.tiles],
        [data for _, data in growth.tiles],
    )


async def last_checkpoint(tx: Tx) -> Signed | None:
    """The newest checkpoint; None before the first."""
    row = await tx.fetchrow(_LAST_CHECKPOINT)
    return Signed(row["number"], row["size"], row["note"]) if row else None


async def save_checkpoint(tx: Tx, signed: Signed) -> None:
    """Keep a checkpoint."""
    await tx.execute(_SAVE_CHECKPOINT, signed.number, signed.size, signed.note, tx.now)


async def tile(tx: Tx, wanted: Tile) -> bytes | None:
    """The hashes of a tile, as wide as asked for; None where the log is not that large yet."""
    data: bytes | None = await tx.fetchval(_TILE, wanted.level, wanted.index, wanted.width * HASH_BYTES)
    return data


async def tiles(tx: Tx, wanted: Iterable[Tile]) -> dict[tuple[int, int], bytes]:
    """The hashes of many tiles by level and index, at least as wide as asked for."""
    places = sorted({(tile.level, tile.index) for tile in wanted})
    rows = await tx.fetch(_TILES, [level for level, _ in places], [index for _, index in places])
    return {(row["level"], row["tile_index"]): row["hashes"] for row in rows}


async def leaves(tx: Tx, bundle: Tile) -> list[bytes] | None:
    """The leaves of an entry bundle; None where the log is not that large yet."""
    assert bundle.level == ENTRIES, "hash tiles hold no leaves"  # noqa: S101
    start = bundle.index * WIDTH
    rows = await tx.fetch(_LEAVES, start, start + bundle.width)
    return [row["leaf"] for row in rows] if len(rows) == bundle.width else None


async def leaves_of_event(tx: Tx, event_id: UUID) -> list[tuple[int, bytes]]:
    """The leaves of an event with their indexes: the first, then those of its resends."""
    return [(row["leaf_index"], row["leaf"]) for row in await tx.fetch(_LEAVES_OF_EVENT, event_id)]


async def opening(tx: Tx, leaf_index: int) -> Kept | None:
    """What is kept beside a leaf; None where there is no such leaf."""
    row = await tx.fetchrow(_OPENING, leaf_index)
    if row is None:
        return None
    found = Opening(row["nonce"], row["record"]) if row["nonce"] is not None else None
    return Kept(row["event_id"], found, None if found else row["withheld"] or "erased")
