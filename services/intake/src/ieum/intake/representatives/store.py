"""Representations in SQL: ids and codes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.intake.people.domain import Mandate
from ieum.intake.representatives.domain import Representation

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = """id, person, representative, relation, document, seen_on, until, recorded_by, agency,
  recorded_at, ended_at"""
_INSERT = """insert into representation (id, person, representative, relation, document, seen_on, until,
  recorded_by, agency, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
_OF = f"select {_COLUMNS} from representation where person = any($1) order by recorded_at, id"
_FIND = f"select {_COLUMNS} from representation where id = $1 and person = any($2) for update"


async def insert(tx: Tx, one: Representation) -> None:
    """Keep who speaks for whom."""
    by = (one.mandate.relation, one.mandate.document, one.mandate.seen_on, one.until)
    who = (one.recorded_by, one.agency, one.recorded_at)
    await tx.execute(_INSERT, one.id, one.person, one.representative, *by, *who)


async def of(tx: Tx, people: list[UUID]) -> list[Representation]:
    """Who speaks or spoke for these, the oldest first."""
    return [_representation(row) for row in await tx.fetch(_OF, people)]


async def find(tx: Tx, id_: UUID, people: list[UUID]) -> Representation | None:
    """One of those of these people, locked until commit."""
    row = await tx.fetchrow(_FIND, id_, people)
    return _representation(row) if row else None


async def end(tx: Tx, id_: UUID) -> None:
    """Let it end now."""
    await tx.execute("update representation set ended_at = $2 where id = $1", id_, tx.now)


async def forget(tx: Tx, person: UUID) -> None:
    """Drop all that says who spoke for the person, or for whom they spoke."""
    await tx.execute("delete from representation where $1 in (person, representative)", person)


def _representation(row: Any) -> Representation:
    values = dict(row)
    mandate = Mandate(*(values.pop(name) for name in ("relation", "document", "seen_on")))
    return Representation(mandate=mandate, **values)
