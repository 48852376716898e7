"""Programmes in SQL, each version whole."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.programme import Programme
from ieum.intake.programmes.domain import Present, resource_of

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_CURRENT = """select p.version, v.definition::text, p.published_at from programme p
join programme_version v on v.programme = p.id and v.version = p.version"""
_VERSION = "select definition::text from programme_version where programme = $1 and version = $2"
_SAVE = """insert into programme (id, resource, version, sequence, published_at) values ($1, $2, $3, 1, $4)
on conflict (id) do update set version = excluded.version, sequence = programme.sequence + 1,
  published_at = excluded.published_at
returning sequence"""
_SAVE_VERSION = """insert into programme_version (programme, version, definition, published_at)
values ($1, $2, $3, $4)"""


async def lock(tx: Tx, programme: str) -> None:
    """One at a time changes this programme or imports into it; held until commit."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"programme {programme}")


async def current(tx: Tx, programme: str) -> Present | None:
    """The version that is published now."""
    row = await tx.fetchrow(f"{_CURRENT} where p.id = $1", programme)
    return _present(row) if row else None


async def present(tx: Tx, programmes: Collection[str]) -> dict[str, Present]:
    """The versions of these that are published now, by programme."""
    rows = [_present(row) for row in await tx.fetch(f"{_CURRENT} where p.id = any($1)", list(programmes))]
    return {one.definition.id: one for one in rows}


async def version(tx: Tx, programme: str, number: int) -> Programme | None:
    """One version of a programme."""
    definition = await tx.fetchval(_VERSION, programme, number)
    return _programme(definition) if definition else None


async def by_resource(tx: Tx, resource: UUID) -> Present | None:
    """The same, by the id that an idempotent request remembers."""
    row = await tx.fetchrow(f"{_CURRENT} where p.resource = $1", resource)
    return _present(row) if row else None


async def every(tx: Tx) -> list[Present]:
    """All programmes, by id."""
    return [_present(row) for row in await tx.fetch(f"{_CURRENT} order by p.id")]


async def save(tx: Tx, programme: Programme) -> int:
    """Save a version as the present one; gives the number of this fact about the programme, from 1."""
    resource = resource_of(programme.id)
    sequence = await tx.fetchval(_SAVE, programme.id, resource, programme.version, tx.now)
    definition = programme.model_dump(mode="json")
    await tx.execute(_SAVE_VERSION, programme.id, programme.version, definition, tx.now)
    return int(sequence)


def _present(row: Any) -> Present:
    return Present(row["version"], _programme(row["definition"]), row["published_at"])


@lru_cache(maxsize=256)  # every application reads its programme; a frozen model may be shared
def _programme(definition: str) -> Programme:
    return Programme.model_validate_json(definition)
