"""How the log grows: records and random bytes in, leaves, openings, tiles and a new frontier out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from ieum.audit.ledger.leaf import NONCE_BYTES, Leaf, Opening, Record, commitment
from ieum.audit.ledger.merkle import Frontier, hash_leaf
from ieum.audit.ledger.note import Checkpoint
from ieum.audit.ledger.tiles import Tile, grown_tiles
from ieum.common.kernel.forbidden import forbidden_in_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    Headers = tuple[tuple[str, bytes | None], ...]

WITHHELD_FORBIDDEN: Final = "forbidden-number"
"""Why an opening is not kept: its record holds a number that is stored nowhere."""

# Ids and times are most of a record's headers, and no number can hide in them: looking closer would cost
# more than all the rest of appending.
_HARMLESS = re.compile(
    rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


class Placed(Protocol):
    """A record with its place, as the consumer hands it over; whatever it holds, it gets a leaf."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Headers: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def repeat(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Entry:
    """One new leaf with what lies beside it; no opening where the record must not be kept."""

    leaf: Leaf
    data: bytes
    event_id: UUID | None
    opening: Opening | None


@dataclass(frozen=True, slots=True)
class Growth:
    """What one batch adds: entries from index `start` on, bytes for tiles, and the frontier after it."""

    start: int
    entries: tuple[Entry, ...]
    tiles: tuple[tuple[Tile, bytes], ...]
    frontier: Frontier


def grow(frontier: Frontier, records: Sequence[Placed], nonces: bytes) -> Growth:
    """Append one leaf for each record, in their order; `nonces` holds 32 fresh random bytes for each."""
    harmless: set[str | bytes | None] = {None, b""}
    entries = tuple(
        _entry(record, nonces[at : at + NONCE_BYTES], harmless)
        for record, at in zip(records, range(0, len(nonces), NONCE_BYTES), strict=True)
    )
    after, levels = frontier.append([hash_leaf(entry.data) for entry in entries])
    return Growth(frontier.size, entries, tuple(grown_tiles(frontier.size, levels)), after)


def _entry(record: Placed, nonce: bytes, harmless: set[str | bytes | None]) -> Entry:
    framed = Record(record.key, record.headers, record.value).framed
    leaf = Leaf(record.topic, record.partition, record.offset, record.repeat, commitment(nonce, framed))
    kept = None if _is_forbidden(record, harmless) else Opening(nonce, framed)
    return Entry(leaf, leaf.data, event_id(record.headers), kept)


def _is_forbidden(record: Placed, harmless: set[str | bytes | None]) -> bool:
    """Whether any part holds a forbidden number; `harmless` remembers headers that come again and again."""
    for part in (record.key, *chain.from_iterable(record.headers)):
        if part in harmless:
            continue
        raw = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part or b""
        if not _HARMLESS.fullmatch(raw):
            if forbidden_in_bytes(raw):
                return True
            harmless.add(part)
    return bool(record.value and forbidden_in_bytes(record.value))


def header(headers: Headers, name: str) -> str | None:
    """The text of a header, the last one where there are several; None where there is none."""
    value = next((value for found, value in reversed(headers) if found == name), None)
    return None if value is None else value.decode("utf-8", "replace")


def event_id(headers: Headers) -> UUID | None:
    """The id of the event that a record says it is; None where it says nothing readable."""
    try:
        return UUID(header(headers, "ce_id") or "")
    except ValueError:
        return None


def due_checkpoint(origin: str, frontier: Frontier, signed_size: int | None) -> Checkpoint | None:
    """The checkpoint to sign now: none while the log has not grown since the last; an empty log has one."""
    if frontier.size == signed_size:
        return None
    return Checkpoint(origin, frontier.size, frontier.root())
