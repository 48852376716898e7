"""Contacts in SQL, and how many there were."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.kernel.dates import korean_date
from ieum.intake.contacts.domain import Contact, Period
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_NAMES = tuple(field.name for field in fields(Contact))
_COLUMNS = ", ".join(_NAMES)
_INSERT = f"""insert into contact ({_COLUMNS})
values ({", ".join(f"${place}" for place in range(1, len(_NAMES) + 1))})"""
_FIND = f"select {_COLUMNS} from contact where id = $1"
_LISTED = f"""select {_COLUMNS} from contact
where agency = $1 and at >= $2 and ($3::text is null or kind = $3) and ($4::uuid is null or person = $4)
order by at desc, id limit $5"""
_OF = f"select {_COLUMNS} from contact where person = any($1) order by at, id"
_MOMENTS = "select at, 'contact-' || kind, id, null, '' from contact where person = any($1)"
_OF_PARTS = f"select {_COLUMNS} from contact where part_of = any($1) order by id for update"
_UPDATE = """update contact set at = $2, outcome = $3, person = $4, version = $5, sequence = $6
where id = $1"""
_COUNT = """insert into contact_count as held (agency, kind, outcome, day, count) values ($1, $2, $3, $4, $5)
on conflict (agency, kind, outcome, day) do update set count = held.count + excluded.count"""
_UNCOUNT = """update contact_count set count = count - 1
where (agency, kind, outcome, day) = ($1, $2, $3, $4)"""
_COUNTS = """select agency, kind, outcome, date_trunc($3, day)::date as since, sum(count)::int as count
from contact_count where day >= $1 and day <= $2
group by 1, 2, 3, 4 having sum(count) > 0 order by since, agency, kind, outcome"""


@dataclass(frozen=True)
class Count:
    """How many contacts of a kind and outcome an agency had in the period that began on a day (KST)."""

    agency: str
    kind: str
    outcome: str
    since: date
    count: int


async def insert(tx: Tx, one: Contact) -> None:
    """Insert a contact, and count it."""
    await tx.execute(_INSERT, *(getattr(one, name) for name in _NAMES))
    await _count(tx, one, 1)


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Contact | None:
    """The contact if the actor may see it, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return _contact(row) if row else None


async def listed(
    tx: Tx, agency: str, since: datetime, *, kind: str | None, person: UUID | None, limit: int
) -> list[Contact]:
    """An agency's contacts, the newest first."""
    return [_contact(row) for row in await tx.fetch(_LISTED, agency, since, kind, person, limit)]


async def of(tx: Tx, people: Collection[UUID]) -> list[Contact]:
    """The contacts with these people that the actor may see, the oldest first."""
    return [_contact(row) for row in await tx.fetch(_OF, list(people))]


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When somebody met or spoke with these people, as far as the actor may see it."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]


async def of_parts(tx: Tx, part_of: Collection[UUID]) -> list[Contact]:
    """The contacts of these visits and routes that the actor may see, locked until commit."""
    rows = await tx.fetch(_OF_PARTS, list(part_of))
    return [_contact(row) for row in rows]


async def update(tx: Tx, before: Contact, after: Contact) -> None:
    """Write what a correction changed, and count it where it now belongs."""
    await _count(tx, before, -1)
    await _count(tx, after, 1)
    await tx.execute(_UPDATE, after.id, after.at, after.outcome, after.person, after.version, after.sequence)


async def counts(tx: Tx, since: date, until: date, period: Period) -> list[Count]:
    """How many contacts all agencies had between two days (both included), by period."""
    return [Count(**dict(row)) for row in await tx.fetch(_COUNTS, since, until, period)]


async def _count(tx: Tx, one: Contact, by: int) -> None:
    day = korean_date(one.at)
    if by < 0:
        await tx.execute(_UNCOUNT, one.agency, one.kind, one.outcome, day)
        return
    await tx.execute(_COUNT, one.agency, one.kind, one.outcome, day, by)


def _contact(row: Any) -> Contact:
    return Contact(**dict(row))
