"""What eligibility reads of the market."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.model import Sealed
from ieum.common.events.programme import Programme
from ieum.matching.markets.domain import Person

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx

_PROGRAMMES = "select distinct on (id) definition from programme order by id, version desc"
_HELD = """
select person, programme from match where person = any($1) and state in ('accepted', 'started')
union select person, programme from referral where person = any($1) and accepted"""

# Whoever erases these waits, and the other way round: nothing of the erased is kept.
_LOCK_PEOPLE = "select 1 from person where id = any($1) order by id for share"
_REFER = """
insert into referral (id, person, programme)
select id, person, programme from unnest($1::uuid[], $2::uuid[], $3::text[]) as new (id, person, programme)
where not exists (select from person p where p.id = new.person and p.erased_at is not null)
on conflict do nothing"""
_ACCEPT = "update referral set accepted = true where id = any($1)"
_DROP = "delete from referral where id = any($1)"
_FORGET = "delete from referral where person = any($1)"
_AFTER = """
select id, district, sealed, sequence from person
where sealed is not null and id > $1 order by id limit $2"""

# An agency serves whoever applied to a programme that it runs now, unless they withdrew.
_SERVED = """
select exists (
  select from application a
  join lateral (select definition ->> 'agency' as agency from programme p
    where p.id = a.programme order by version desc limit 1) newest on true
  where a.person = $1 and a.state not in ('withdrawn', 'erased') and newest.agency = $2)"""


async def programmes(tx: Tx) -> list[Programme]:
    """The newest version of each, by id."""
    return [Programme.model_validate(row["definition"]) for row in await tx.fetch(_PROGRAMMES)]


async def held(tx: Tx, people: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The programmes that serve these people now, by a place or a referral; who has none is left out."""
    found: dict[UUID, frozenset[str]] = {}
    for row in await tx.fetch(_HELD, list(people)):
        found[row["person"]] = found.get(row["person"], frozenset()) | {row["programme"]}
    return found


async def refer(tx: Tx, referrals: Mapping[UUID, tuple[UUID, str]]) -> None:
    """Keep referrals, as (person, programme)."""
    if not referrals:
        return
    people, programmes = zip(*referrals.values(), strict=True)
    await tx.fetch(_LOCK_PEOPLE, people)
    await tx.execute(_REFER, list(referrals), people, programmes)


async def accept(tx: Tx, referrals: Sequence[UUID]) -> None:
    """Whom these are about is served by their programmes now; one that names no programme is not kept."""
    if referrals:
        await tx.execute(_ACCEPT, referrals)


async def drop(tx: Tx, referrals: Sequence[UUID]) -> None:
    """These are over."""
    if referrals:
        await tx.execute(_DROP, referrals)


async def forget(tx: Tx, people: Sequence[UUID]) -> None:
    """Nothing stays that is about these people."""
    if people:
        await tx.execute(_FORGET, people)


async def after(tx: Tx, person: UUID, limit: int) -> list[tuple[Person, Sealed]]:
    """The next people of whom a profile is held, by id."""
    rows = await tx.fetch(_AFTER, person, limit)
    found = [(row, Sealed.model_validate(row["sealed"])) for row in rows]
    return [(Person(row["id"], row["district"], sealed, row["sequence"]), sealed) for row, sealed in found]


async def is_served_by(tx: Tx, person: UUID, agency: str) -> bool:
    """Whether a person applied to a programme of that agency."""
    found: bool = await tx.fetchval(_SERVED, person, agency)
    return found
