"""The outbox: events wait in the database of the service that made them, for the relay to send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic_core import to_json

if TYPE_CHECKING:
    from asyncpg import Connection, Record

COLUMNS = ("topic", "key", "time", "headers", "value")


@dataclass(slots=True, frozen=True)
class OutboxRow:
    """One record to be sent; a value of None is a tombstone."""

    topic: str
    key: str
    time: datetime
    headers: Sequence[tuple[str, str]]
    value: bytes | None


async def append(connection: Connection[Record], rows: Sequence[OutboxRow]) -> None:
    """Add rows in their order, in the caller's transaction."""
    await connection.copy_records_to_table(
        "outbox",
        columns=COLUMNS,
        records=[(row.topic, row.key, row.time, to_json(row.headers).decode(), row.value) for row in rows],
    )
