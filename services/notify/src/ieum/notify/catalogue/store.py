"""Programmes and openings in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.notify.catalogue.domain import OpeningTold, ProgrammeTold

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx

_SAVE_PROGRAMMES = """
insert into programme (id, version, name, agency, messages)
select id, version, name, agency, messages
from jsonb_to_recordset($1::jsonb) as new (id text, version int, name jsonb, agency text, messages jsonb)
on conflict (id) do update set version = excluded.version, name = excluded.name, agency = excluded.agency,
  messages = excluded.messages
where programme.version < excluded.version"""

_SAVE_OPENINGS = """
insert into opening (id, organisation, title, sequence)
select id, organisation, title, sequence
from jsonb_to_recordset($1::jsonb) as new (id uuid, organisation uuid, title text, sequence int)
on conflict (id) do update set organisation = excluded.organisation, title = excluded.title,
  sequence = excluded.sequence
where opening.sequence < excluded.sequence"""

_PROGRAMMES = "select id, version, name, agency, messages from programme where id = any($1)"
_OPENINGS = "select id, organisation, title, sequence from opening where id = any($1)"


async def save_programmes(tx: Tx, programmes: Sequence[ProgrammeTold]) -> None:
    """Insert or replace, unless what is there is newer."""
    rows = [
        {
            "id": one.id,
            "version": one.version,
            "name": dict(one.name),
            "agency": one.agency,
            "messages": dict(one.messages),
        }
        for one in programmes
    ]
    await tx.execute(_SAVE_PROGRAMMES, rows)


async def save_openings(tx: Tx, openings: Sequence[OpeningTold]) -> None:
    """Insert or replace, unless what is there is newer."""
    rows = [
        {
            "id": str(one.id),
            "organisation": str(one.organisation),
            "title": one.title,
            "sequence": one.sequence,
        }
        for one in openings
    ]
    await tx.execute(_SAVE_OPENINGS, rows)


async def programmes(tx: Tx, ids: Collection[str]) -> dict[str, ProgrammeTold]:
    """What is known of these programmes."""
    rows = await tx.fetch(_PROGRAMMES, list(ids))
    return {row["id"]: ProgrammeTold(**row) for row in rows}


async def openings(tx: Tx, ids: Collection[UUID]) -> dict[UUID, OpeningTold]:
    """What is known of these openings."""
    rows = await tx.fetch(_OPENINGS, list(ids))
    return {row["id"]: OpeningTold(**row) for row in rows}
