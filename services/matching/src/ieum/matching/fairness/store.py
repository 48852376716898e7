"""Confirmed rounds and what was told of them, in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.matching_fairness import GroupIndicators, SexIndicators

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ieum.common.events.matching_fairness import Indicators
    from ieum.common.postgres import Tx

# Decided and not sent back: confirmed, whatever has become of it since. Who is at it does it.
_DUE = """
select id, programme, frozen as market, result, computed_at from round r
where decided_at is not null and state <> 'sent_back' and result is not null
  and not exists (select from round_fairness f where f.round = r.id)
order by decided_at, id limit 1 for update of r skip locked"""

# Rounds of before applicants got random ids name them by their applications.
_PEOPLE = "select id::text as name, person from application where id::text = any($1)"
_ALIASES = "select alias as name, person from round_applicant where round = $1"

_KEEP = "insert into round_fairness (round, indicators, told_at) values ($1, $2, $3)"
_KEPT = """
select f.round, r.programme, f.indicators, f.told_at
from round_fairness f join round r on r.id = f.round where f.round = $1"""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed round with its documents; the market is without its seed."""

    id: UUID
    programme: str
    market: bytes
    result: bytes
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a round."""

    round: UUID
    programme: str
    groups: tuple[GroupIndicators | SexIndicators, ...]
    told_at: datetime


async def due(tx: Tx) -> Confirmed | None:
    """Lock and give a confirmed round of which nothing was told yet, the oldest first."""
    row = await tx.fetchrow(_DUE)
    return Confirmed(**dict(row)) if row else None


async def people(tx: Tx, round_: UUID, applicants: Collection[str]) -> dict[str, UUID]:
    """Who the applicants of a round's market are; who is not known any more is left out."""
    found = await tx.fetch(_ALIASES, round_) or await tx.fetch(_PEOPLE, list(applicants))
    return {row["name"]: row["person"] for row in found}


async def keep(tx: Tx, round_: UUID, groups: Sequence[Indicators]) -> None:
    """Keep what is told."""
    await tx.execute(_KEEP, round_, [one.model_dump(mode="json") for one in groups], tx.now)


async def told(tx: Tx, round_: UUID) -> Told | None:
    """What was told of a round."""
    row = await tx.fetchrow(_KEPT, round_)
    if row is None:
        return None
    groups = tuple(map(_read, row["indicators"]))
    return Told(row["round"], row["programme"], groups, row["told_at"])


def _read(one: Any) -> GroupIndicators | SexIndicators:
    return (SexIndicators if one["dimension"] == "sex" else GroupIndicators).model_validate(one)
