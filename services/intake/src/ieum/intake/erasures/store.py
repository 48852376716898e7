"""Erasures in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.erasures.domain import Outcome
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_INSERT = "insert into erasure (person, gone, requested_at) values ($1, $2, $3)"
_INSERT_KEPT = """insert into erasure_kept (person, record_class, article, until)
select $1, * from unnest($2::text[], $3::text[], $4::date[])"""
_KEPT = """select record_class, article, until, destroyed_at from erasure_kept
where person = $1 order by record_class"""
_ACKNOWLEDGED = """select holder, record_class, acknowledged_at from erasure_acknowledgement
where person = $1 order by holder, record_class"""
_DUE = """select person, array_agg(record_class order by record_class) as record_classes from (
  select person, record_class from erasure_kept where destroyed_at is null and until <= $1
  order by until limit $2 for update skip locked) due
group by person order by person"""
_DESTROYED = """update erasure_kept set destroyed_at = $3
where person = $1 and record_class = any($2)"""
_PUT_OFF = """update erasure_kept set until = $3
where person = $1 and record_class = $2 and destroyed_at is null"""
_ACKNOWLEDGE = """insert into erasure_acknowledgement (person, holder, record_class, acknowledged_at)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
on conflict do nothing"""
_MOMENTS = (
    """select requested_at, 'erasure-requested', person, null, '' from erasure where person = any($1)"""
)

# Whatever one feature says, the key stays while anything under it is open or has days to run.
_FREED = """with holding as (
  select person, until from case_holding
  union all select person, until from contact_note where record_class = 'case' and note is not null)
select distinct person from holding held where until <= $1 and not exists (
  select from holding other
  where other.person = held.person and (other.until is null or other.until > $1))"""
_FREED_NOW = f"{_FREED} order by person limit $2"
_STILL_FREED = f"{_FREED} and person = any($2)"


@dataclass(frozen=True, slots=True)
class Kept:
    """A record class kept by an article until a day; `destroyed_at` once that day came."""

    record_class: str
    article: str
    until: date
    destroyed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A holder's word that nothing readable of a class is held any more."""

    person: UUID
    holder: str
    record_class: str
    acknowledged_at: datetime


@dataclass(frozen=True)
class Erasure:
    """A request and what was done about it."""

    person: UUID
    requested_at: datetime
    gone: Sequence[str]
    kept: Sequence[Kept]
    acknowledged: Sequence[Acknowledged]


async def insert(tx: Tx, person: UUID, outcome: Outcome) -> None:
    """Keep the request and its answer."""
    await tx.execute(_INSERT, person, list(outcome.gone), tx.now)
    kept = outcome.kept
    columns = ([getattr(one, name) for one in kept] for name in ("record_class", "article", "until"))
    await tx.execute(_INSERT_KEPT, person, *columns)


async def find(tx: Tx, person: UUID) -> Erasure | None:
    """The request of a person."""
    row = await tx.fetchrow("select gone, requested_at from erasure where person = $1", person)
    if row is None:
        return None
    kept = [Kept(**dict(one)) for one in await tx.fetch(_KEPT, person)]
    told = [Acknowledged(person=person, **dict(one)) for one in await tx.fetch(_ACKNOWLEDGED, person)]
    return Erasure(person, row["requested_at"], row["gone"], kept, told)


async def due(tx: Tx, today: date, limit: int) -> dict[UUID, list[str]]:
    """Record classes by person whose day has come, locked until commit."""
    return {row["person"]: row["record_classes"] for row in await tx.fetch(_DUE, today, limit)}


async def freed(tx: Tx, today: date, limit: int) -> list[UUID]:
    """People nothing of whom needs their key of class `case` any more."""
    return [row["person"] for row in await tx.fetch(_FREED_NOW, today, limit)]


async def still_freed(tx: Tx, today: date, people: Sequence[UUID]) -> list[UUID]:
    """Which of these people that still holds for, asked again once their rows are locked."""
    return [row["person"] for row in await tx.fetch(_STILL_FREED, today, list(people))]


async def destroyed(tx: Tx, person: UUID, record_classes: Sequence[str]) -> None:
    """Mark kept classes as destroyed."""
    await tx.execute(_DESTROYED, person, list(record_classes), tx.now)


async def put_off(tx: Tx, person: UUID, record_class: str, until: date) -> None:
    """Keep a class until a later day."""
    await tx.execute(_PUT_OFF, person, record_class, until)


async def acknowledge(tx: Tx, words: Sequence[Acknowledged]) -> None:
    """Keep what holders said; said again it changes nothing."""
    columns = ([getattr(word, name) for word in words] for name in Acknowledged.__slots__)
    await tx.execute(_ACKNOWLEDGE, *columns)


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When these people asked to be forgotten."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]
