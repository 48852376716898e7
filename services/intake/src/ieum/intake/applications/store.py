"""Applications in SQL; what was written into the form is sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.intake.applications.domain import Application, Fact

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = """id, person, programme, programme_version, choices, details, channel, agency, receipt,
  sequence, submitted_at, withdrawn_at"""
# Choices come as one JSON array a row: arrays of arrays in Postgres must all have the same length.
_INSERT = """
insert into application (id, person, programme, programme_version, choices, details, channel, agency,
  receipt, submitted_at)
select id, person, programme, programme_version, choices, details, channel, agency, receipt, submitted_at
from jsonb_to_recordset($1::jsonb) as new (id uuid, person uuid, programme text, programme_version int,
  choices uuid[], details jsonb, channel text, agency text, receipt text, submitted_at timestamptz)"""
_FIND = f"select {_COLUMNS} from application where id = $1"
_OF_PERSON = f"select {_COLUMNS} from application where person = $1 order by submitted_at, id for update"
_OF_PEOPLE = f"select {_COLUMNS} from application where person = any($1) order by submitted_at, id"
_PAGE = f"""select {_COLUMNS} from application
where programme = $1 and ($2::text is null or agency = $2) and id > $3 order by id limit $4"""
_HAS_LIVE = """select exists (select from application
where person = any($1) and programme = $2 and withdrawn_at is null)"""
_LIVE_IN = f"""select {_COLUMNS} from application
where programme = $1 and withdrawn_at is null and coalesce(
  (select fact.status = 'ranked' from application_fact fact
    where fact.application = application.id and fact.status in ('ranked', 'ineligible')
    order by fact.at desc limit 1), true)
order by submitted_at, id"""
_NEXT_SEQUENCE = "update application set sequence = sequence + 1 where id = $1 returning sequence"
_APPLIED = "select distinct person from application where programme = $1 and person = any($2)"
_WITHDRAW = """update application set withdrawn_at = $2, sequence = sequence + 1
where id = $1 returning sequence"""
_CHANGE = """update application set choices = $2, details = $3, sequence = sequence + 1
where id = $1 returning sequence"""
_FORGET = "update application set details = null, choices = '{}' where person = $1"
_ADD_FACTS = """insert into application_fact (event, application, status, opening, at, round)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::uuid[])
on conflict (event) do nothing"""
_FACTS = """select event, application, status, opening, at, round
from application_fact where application = any($1)"""


async def insert(tx: Tx, rows: Sequence[Application]) -> None:
    """Insert new applications."""
    await tx.execute(_INSERT, [_values(row) for row in rows])


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Application | None:
    """The application, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return _application(row) if row else None


async def of_person(tx: Tx, person: UUID) -> list[Application]:
    """All of a person's applications, locked until commit."""
    return [_application(row) for row in await tx.fetch(_OF_PERSON, person)]


async def of_people(tx: Tx, people: Collection[UUID]) -> list[Application]:
    """All applications of these people."""
    return [_application(row) for row in await tx.fetch(_OF_PEOPLE, list(people))]


async def live_in(tx: Tx, programme: str) -> list[Application]:
    """The applications in a programme that were neither withdrawn nor found ineligible, the oldest first."""
    return [_application(row) for row in await tx.fetch(_LIVE_IN, programme)]


async def next_sequence(tx: Tx, id_: UUID) -> int:
    """The number of one more fact about an application; locks the row."""
    return int(await tx.fetchval(_NEXT_SEQUENCE, id_))


async def page(tx: Tx, programme: str, agency: str | None, after: UUID, limit: int) -> list[Application]:
    """Applications to a programme, by id."""
    return [_application(row) for row in await tx.fetch(_PAGE, programme, agency, after, limit)]


async def has_live(tx: Tx, people: Collection[UUID], programme: str) -> bool:
    """Whether one of these has an application in the programme that was not withdrawn."""
    return bool(await tx.fetchval(_HAS_LIVE, list(people), programme))


async def applied(tx: Tx, programme: str, people: Collection[UUID]) -> set[UUID]:
    """Who of these ever applied to the programme, withdrawn or not."""
    return {row["person"] for row in await tx.fetch(_APPLIED, programme, list(people))}


async def withdraw(tx: Tx, id_: UUID) -> int:
    """Mark as withdrawn; gives the fact's sequence."""
    return int(await tx.fetchval(_WITHDRAW, id_, tx.now))


async def change(tx: Tx, id_: UUID, choices: Sequence[UUID], details: Sealed) -> int:
    """Replace choices and form; gives the fact's sequence."""
    return int(await tx.fetchval(_CHANGE, id_, list(choices), details.model_dump(mode="json")))


async def forget(tx: Tx, person: UUID) -> None:
    """Drop what was written and chosen."""
    await tx.execute(_FORGET, person)


async def add_facts(tx: Tx, facts: Sequence[Fact]) -> None:
    """Keep what matching told, each fact once."""
    columns = ([getattr(fact, name) for fact in facts] for name in Fact.__slots__)
    await tx.execute(_ADD_FACTS, *columns)


async def facts(tx: Tx, applications: Collection[UUID]) -> list[Fact]:
    """What matching told of these applications."""
    return [Fact(**dict(row)) for row in await tx.fetch(_FACTS, list(applications))]


def _values(row: Application) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "person": str(row.person),
        "programme": row.programme,
        "programme_version": row.programme_version,
        "choices": [str(choice) for choice in row.choices],
        "details": row.details.model_dump(mode="json") if row.details else None,
        "channel": row.channel,
        "agency": row.agency,
        "receipt": row.receipt,
        "submitted_at": row.submitted_at.isoformat(),
    }


def _application(row: Any) -> Application:
    values = dict(row)
    values["details"] = Sealed.model_validate(values["details"]) if values["details"] else None
    return Application(**values)
