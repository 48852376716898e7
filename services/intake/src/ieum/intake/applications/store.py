"""Applications in SQL; what was written into the form is sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.intake.applications.domain import Application, Fact
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = """id, person, programme, programme_version, choices, details, channel, agency, receipt,
  sequence, submitted_at, withdrawn_at"""
# Choices come as one array's text a row: arrays of arrays in Postgres must all have the same length.
_INSERT = """
insert into application (id, person, programme, programme_version, choices, details, channel, agency,
  receipt, submitted_at)
select id, person, programme, programme_version, choices::uuid[], details::jsonb, channel, agency, receipt,
  submitted_at
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::timestamptz[]) as new (id, person, programme, programme_version, choices, details, channel,
  agency, receipt, submitted_at)"""
_FIND = f"select {_COLUMNS} from application where id = $1"
_OF_PERSON = f"select {_COLUMNS} from application where person = $1 order by submitted_at, id for update"
_OF_PEOPLE = f"select {_COLUMNS} from application where person = any($1) order by submitted_at, id"
# Each is looked up by itself (the limit says so): planned while the table was small, a join would read all of
# it for each, until the next analyze.
_LIVE = """select asked.person, asked.programme
from unnest($1::uuid[], $2::text[]) as asked (person, programme)
cross join lateral (select from application a where a.person = asked.person
  and a.programme = asked.programme and a.withdrawn_at is null limit 1) there"""
_PAGE = f"""select {_COLUMNS} from application
where programme = $1 and ($2::text is null or agency = $2) and id > $3 order by id limit $4"""
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
_MOMENTS = """with own as (
  select id, programme, submitted_at, withdrawn_at from application where person = any($1))
select submitted_at, 'application-submitted', id, programme, '' from own
union all select withdrawn_at, 'application-withdrawn', id, programme, '' from own
where withdrawn_at is not null
union all select at, 'application-' || status, application, programme, event::text
from own join application_fact on application = own.id"""


async def insert(tx: Tx, rows: Sequence[Application]) -> None:
    """Insert new applications."""
    await tx.execute(_INSERT, *map(list, zip(*map(_values, rows), strict=True)))


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


async def live(tx: Tx, asked: Collection[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Which of these people have an application in that programme that was not withdrawn."""
    columns = ([person for person, _ in asked], [programme for _, programme in asked])
    return {(row["person"], row["programme"]) for row in await tx.fetch(_LIVE, *columns)}


async def live_in(tx: Tx, programme: str) -> list[Application]:
    """The applications in a programme that were neither withdrawn nor found ineligible, the oldest first."""
    return [_application(row) for row in await tx.fetch(_LIVE_IN, programme)]


async def next_sequence(tx: Tx, id_: UUID) -> int:
    """The number of one more fact about an application; locks the row."""
    return int(await tx.fetchval(_NEXT_SEQUENCE, id_))


async def page(tx: Tx, programme: str, agency: str | None, after: UUID, limit: int) -> list[Application]:
    """Applications to a programme, by id."""
    return [_application(row) for row in await tx.fetch(_PAGE, programme, agency, after, limit)]


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


async def insert_bulk(tx: Tx, id_: UUID, agency: str, results: Sequence[dict[str, Any]]) -> None:
    """Keep what became of the lines of a request."""
    await tx.execute("insert into application_bulk values ($1, $2, $3, $4)", id_, agency, results, tx.now)


async def bulk(tx: Tx, id_: UUID) -> list[dict[str, Any]]:
    """What became of the lines of a request; raises LookupError."""
    found = await tx.fetchval("select results from application_bulk where id = $1", id_)
    if found is None:
        raise LookupError(id_)
    return list(found)


async def delete_bulk(tx: Tx, until: datetime) -> int:
    """Delete what became of the lines of requests up to a moment; gives of how many requests."""
    return len(await tx.fetch("delete from application_bulk where created_at <= $1 returning 1", until))


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """What became of the applications of these people; `about` is the programme."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]


def _values(row: Application) -> tuple[Any, ...]:
    return (
        row.id,
        row.person,
        row.programme,
        row.programme_version,
        "{" + ",".join(map(str, row.choices)) + "}",
        row.details.model_dump_json() if row.details else None,
        row.channel,
        row.agency,
        row.receipt,
        row.submitted_at,
    )


def _application(row: Any) -> Application:
    values = dict(row)
    values["details"] = Sealed.model_validate(values["details"]) if values["details"] else None
    return Application(**values)
