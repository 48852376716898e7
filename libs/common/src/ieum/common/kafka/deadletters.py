"""Dead letters: records that could not be applied, kept with their bytes and reason until redriven.

A record whose handler failed parks its key: later events of that key wait behind it, in order. A record
that cannot be read parks nothing. Bytes that hold a forbidden number are kept nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ieum.common.kernel.forbidden import forbidden_in_bytes

if TYPE_CHECKING:
    from aiokafka.structs import ConsumerRecord

    from ieum.common.postgres.transaction import Tx

_PARK = """
insert into dead_letter (grp, topic, part, offs, key, headers, value, reason, parks_key, parked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (grp, topic, part, offs) do nothing"""

_PARKED_KEYS = """
select distinct key from dead_letter
where grp = $1 and topic = $2 and part = $3 and parks_key and key = any($4::bytea[])"""

_LIST = """
select id, grp, topic, part, offs, reason, parks_key, parked_at, attempts, value is null as withheld
from dead_letter where ($1::text is null or grp = $1) order by id limit $2"""

_ONE = """
select id, grp, topic, part, offs, reason, parks_key, parked_at, attempts, value is null as withheld,
  key, headers, value
from dead_letter where grp = $1 and id = $2"""


@dataclass(slots=True, frozen=True)
class Letter:
    """A record on its way to the dead letters; `secret` keeps only its position and reason."""

    record: ConsumerRecord[Any, Any]
    reason: str
    parks_key: bool
    secret: bool = False


async def park(tx: Tx, group: str, letters: Iterable[Letter]) -> None:
    """Write the letters; those that may hold a forbidden number without key, headers or bytes."""
    await tx.executemany(_PARK, [_row(group, letter, tx) for letter in letters])


def _row(group: str, letter: Letter, tx: Tx) -> tuple[Any, ...]:
    record = letter.record
    secret = letter.secret or bool(record.value and forbidden_in_bytes(record.value))
    headers = None if secret else json.dumps([[k, (v or b"").decode("latin-1")] for k, v in record.headers])
    key, value = (None, None) if secret else (record.key, record.value)
    where = (group, record.topic, record.partition, record.offset)
    return (*where, key, headers, value, letter.reason, letter.parks_key and not secret, tx.now)


async def parked_keys(tx: Tx, group: str, topic: str, part: int, keys: Sequence[bytes]) -> set[bytes]:
    """Which of these keys have an event waiting in the dead letters."""
    return {row["key"] for row in await tx.fetch(_PARKED_KEYS, group, topic, part, list(keys))}


async def listing(tx: Tx, group: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    """The dead letters in the order of parking, without their bytes."""
    return [dict(row) for row in await tx.fetch(_LIST, group, limit)]


async def one(tx: Tx, group: str, letter: int) -> dict[str, Any] | None:
    """One dead letter with key, headers and value as text; bytes that are no UTF-8 are shown escaped."""
    row = await tx.fetchrow(_ONE, group, letter)
    if row is None:
        return None
    headers = [(name, _text(value.encode("latin-1"))) for name, value in json.loads(row["headers"] or "[]")]
    return {**row, "key": _text(row["key"]), "headers": headers, "value": _text(row["value"])}


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode("utf-8", "backslashreplace")
