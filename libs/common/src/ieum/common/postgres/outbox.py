"""The outbox: events wait in the database of the service that made them, for the relay to send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from asyncpg import Connection, Record


class OutboxRow(NamedTuple):
    """One record to be sent; a value of None is a tombstone. `headers` is a JSON list of pairs."""

    topic: str
    key: str
    time: datetime
    headers: str
    value: bytes | None


COLUMNS = OutboxRow._fields


_FEW = 32
# unnest gives its rows in order, and the identity column counts them as they are inserted.
_INSERT = """insert into outbox (topic, key, time, headers, value)
select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::bytea[])"""


async def append(connection: Connection[Record], rows: Sequence[OutboxRow]) -> None:
    """Add rows in their order, in the caller's transaction."""
    if len(rows) <= _FEW:  # COPY asks twice and is parsed each time; it pays off for many
        await connection.execute(_INSERT, *map(list, zip(*rows, strict=True)))
        return
    await connection.copy_records_to_table("outbox", columns=COLUMNS, records=rows)
