"""Redriving dead letters: the handler runs on the rows in order; nothing is sent to the topic again.

The partition's fence row is locked as by a batch, so a redrive and the reader never overtake each other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka.structs import TopicPartition

from ieum.common.kafka import fence
from ieum.common.kafka.applying import Applier
from ieum.common.kafka.records import Unreadable, decode
from ieum.common.kernel.errors import Refusal, Terminal
from ieum.common.postgres.pool import AWAY

if TYPE_CHECKING:
    from ieum.common.postgres.transaction import Tx

_NEXT = """
select * from dead_letter d where grp = $1 and value is not null and id <> all($2::bigint[])
  and ($3::bigint is null or id = $3)
  and not (d.parks_key and exists (select from dead_letter e where e.grp = d.grp and e.topic = d.topic
    and e.part = d.part and e.key = d.key and e.parks_key and e.offs < d.offs))
order by topic, part, offs limit 1"""
_UNPARK = "update consumer_offset set parked = parked - 1 where grp = $1 and topic = $2 and part = $3"
_FAILED = "update dead_letter set attempts = attempts + 1, reason = $2 where id = $1"


@dataclass(slots=True)
class Redriven:
    """How many letters were applied, and how many stay."""

    applied: int = 0
    failed: int = 0


@dataclass(slots=True)
class _Record:
    """A dead letter in the shape of the record it was."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


async def redrive(applier: Applier, letter: int | None = None) -> Redriven:
    """Apply a group's letters, or one, each in its transaction; what is behind a failing one waits on."""
    done = Redriven()
    failed: set[int] = set()
    while (row := await _next(applier, letter, failed)) is not None:
        try:
            async with applier.unit_of_work() as tx:
                await _apply(applier, tx, row)
            done.applied += 1
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - the edge: whatever the handler raises keeps the letter
            failed.add(row["id"])
            done.failed += 1
            await _keep(applier, row["id"], error)
    return done


async def _next(applier: Applier, letter: int | None, failed: set[int]) -> Any:
    if letter is not None and letter in failed:
        return None
    async with applier.unit_of_work() as tx:
        return await tx.fetchrow(_NEXT, applier.group, list(failed), letter)


async def _apply(applier: Applier, tx: Tx, row: Any) -> None:
    partition = TopicPartition(row["topic"], row["part"])
    await fence.take(tx, applier.group, [partition])
    deleted = await tx.fetchval("delete from dead_letter where id = $1 returning id", row["id"])
    if deleted is None:
        return  # somebody else redrove it while we waited for the fence
    if row["parks_key"]:
        await tx.execute(_UNPARK, applier.group, row["topic"], row["part"])
    event = decode(_record(row), applier.database.registry)
    await applier.handlers[event.topic]([event], tx)


async def _keep(applier: Applier, letter: int, error: Exception) -> None:
    reason = error.code if isinstance(error, Refusal) else type(error).__name__
    if isinstance(error, Terminal | Unreadable):
        reason = error.reason
    async with applier.unit_of_work() as tx:
        await tx.execute(_FAILED, letter, reason)


def _record(row: Any) -> _Record:
    headers = [(name, value.encode("latin-1")) for name, value in json.loads(row["headers"])]
    return _Record(row["topic"], row["part"], row["offs"], row["key"], row["value"], headers)


async def discard(applier: Applier, letter: int) -> bool:
    """Delete a letter for good; False where there is none."""
    async with applier.unit_of_work() as tx:
        row = await tx.fetchrow(
            "delete from dead_letter where id = $1 and grp = $2 returning *", letter, applier.group
        )
        if row and row["parks_key"]:
            await tx.execute(_UNPARK, applier.group, row["topic"], row["part"])
    return row is not None
