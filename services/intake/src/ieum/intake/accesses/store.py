"""Accesses in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.accesses.domain import Access

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = "event, person, service, actor_kind, agency, record_classes, purpose, reason, at, urgent, masked"
# What is told late of somebody forgotten is kept without its words: they may name them.
_INSERT = f"""insert into access_record ({_COLUMNS})
select event, person, service, actor_kind, agency,
  array(select jsonb_array_elements_text(record_classes)), purpose,
  case when not exists (select from person p where p.id = new.person and p.erased_at is not null)
    then reason end, at, urgent, masked
from jsonb_to_recordset($1::jsonb) as new (event uuid, person uuid, service text, actor_kind text,
  agency text, record_classes jsonb, purpose text, reason text, at timestamptz,
  urgent boolean, masked boolean)
on conflict (event) do nothing"""
_OF = f"select {_COLUMNS} from access_record where person = any($1) order by at desc, event desc limit $2"


async def insert(tx: Tx, found: Sequence[Access]) -> None:
    """Keep accesses, each once."""
    rows = [
        vars(one) | {"event": str(one.event), "person": str(one.person), "at": one.at.isoformat()}
        for one in found
    ]
    await tx.execute(_INSERT, rows)


async def of(tx: Tx, people: Collection[UUID], limit: int) -> list[Access]:
    """The newest accesses to the data of these people."""
    return [Access(**dict(row)) for row in await tx.fetch(_OF, list(people), limit)]


async def forget(tx: Tx, person: UUID) -> None:
    """Drop the words of why; that somebody looked is kept, as the law says."""
    await tx.execute("update access_record set reason = null where person = $1", person)
