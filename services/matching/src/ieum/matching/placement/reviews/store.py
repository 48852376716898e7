"""Requests for a human review, and the appeals that intake made of them, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx

_INSERT = """
insert into review_request (id, application, match, person, requested_at) values ($1, $2, $3, $4, $5)
on conflict (application, match) do nothing returning id"""
_ASKED = """
select exists (select from review_request where application = $1 and match is not distinct from $2)"""
_KEEP = """
insert into appeal (id, application, person, filed_at)
select id, application, person, filed_at from jsonb_to_recordset($1::jsonb)
  as new (id uuid, application uuid, person uuid, filed_at timestamptz)
on conflict (id) do nothing"""
_END = """
update appeal set outcome = n.outcome from unnest($1::uuid[], $2::text[]) as n (id, outcome)
where appeal.id = n.id"""
_APPEALS = "select id, outcome from appeal where application = $1 order by filed_at, id"


async def insert(tx: Tx, id_: UUID, application: UUID, match: UUID | None, person: UUID) -> bool:
    """Keep a request; False where it was asked before."""
    return bool(await tx.fetchval(_INSERT, id_, application, match, person, tx.now))


async def asked(tx: Tx, application: UUID, match: UUID | None) -> bool:
    """Whether a review of a match, or of an application as a whole, was asked for."""
    return bool(await tx.fetchval(_ASKED, application, match))


async def keep(tx: Tx, appeals: Sequence[Mapping[str, str]]) -> None:
    """Keep appeals that were filed."""
    await tx.execute(_KEEP, list(appeals))


async def end(tx: Tx, outcomes: Mapping[UUID, str]) -> None:
    """Keep how appeals ended."""
    await tx.execute(_END, list(outcomes), list(outcomes.values()))


async def appeals(tx: Tx, application: UUID) -> list[tuple[UUID, str | None]]:
    """The appeals of an application by number, the oldest first, with their outcome."""
    return [(row["id"], row["outcome"]) for row in await tx.fetch(_APPEALS, application)]
