"""Pages of what is exported, by id. Row-level security leaves out what the actor is not entitled to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_PEOPLE = """select id from person
where agency = $1 and id > $2 and erased_at is null and merged_into is null order by id limit $3"""
_CASES = """select c.id, c.state, c.step, c.owner, c.due_at, c.overdue_at is not null as overdue, c.urgent,
  c.district, c.source, c.channel, c.opened_at, c.closed_at,
  array(select person from case_person p where p.case_id = c.id order by not first, person) as persons
from case_file c where c.id > $1 order by c.id limit $2"""
_ORGANISATIONS = """select id, name, roles, district, email, business_number, registered_at from organisation
where id > $1 order by id limit $2"""


async def people(tx: Tx, agency: str, after: UUID, limit: int) -> list[UUID]:
    """Who is registered by an agency."""
    return [row["id"] for row in await tx.fetch(_PEOPLE, agency, after, limit)]


async def cases(tx: Tx, after: UUID, limit: int) -> list[Any]:
    """Cases that the actor's agency works on."""
    return list(await tx.fetch(_CASES, after, limit))


async def organisations(tx: Tx, after: UUID, limit: int) -> list[Any]:
    """Organisations; all of it is public."""
    return list(await tx.fetch(_ORGANISATIONS, after, limit))
