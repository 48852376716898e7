"""Cases in SQL. Row-level security shows staff the rows of their own agency, whatever is asked here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.intake.cases.domain import Case
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_NAMES = tuple(field.name for field in fields(Case))
_COLUMNS = ", ".join(_NAMES)
_INSERT = f"""insert into case_file ({_COLUMNS})
values ({", ".join(f"${place}" for place in range(1, len(_NAMES) + 1))})"""
_INSERT_PERSON = "insert into case_person (case_id, person, first, joined_at) values ($1, $2, $3, $4)"
_INSERT_REPORT = """insert into case_report (id, case_id, agency, receipt_hash, told, reporter,
  emergency_numbers, reported_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"""
_FIND = f"select {_COLUMNS} from case_file where id = $1"
_LIST = f"""select {_COLUMNS} from case_file
where ($1::text is null or owner = $1) and ($2::text is null or state = $2)
  and (not $3 or overdue_at is not null) and ($4 or due_at is not null)
order by due_at nulls last, id limit $5"""
_PERSONS = """select case_id, array_agg(person order by first desc, joined_at, person) as persons
from case_person where case_id = any($1) group by case_id"""
_SAVE = """update case_file set state = new.state, step = new.step, owner = new.owner, due_at = new.due_at,
  overdue_at = new.overdue_at, version = new.version, sequence = new.sequence, closed_at = new.closed_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::int[],
  $8::int[], $9::timestamptz[])
  as new (id, state, step, owner, due_at, overdue_at, version, sequence, closed_at)
where case_file.id = new.id"""
_SAVED = ("id", "state", "step", "owner", "due_at", "overdue_at", "version", "sequence", "closed_at")
_ADD_ENTRIES = """
insert into case_entry (case_id, version, command, state, step, owner, due_at, by, at, reason)
select id, version, $7, state, step, owner, due_at, $8, $9, $10
from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
  as new (id, version, state, step, owner, due_at)"""
_ENTERED = ("id", "version", "state", "step", "owner", "due_at")
_HAND_OVER = """with moved as (
  update case_file set owner = $3, version = version + 1
  where agency = $1 and owner = $2 and due_at is not null
  returning id, version, state, step, owner, due_at)
insert into case_entry (case_id, version, command, state, step, owner, due_at, by, at)
select id, version, 'handover', state, step, owner, due_at, $4, $5 from moved"""
_ACTS_FOR = "select current_setting('ieum.agency', true), current_setting('ieum.roles', true)"
_ACT_FOR = "select set_config('ieum.agency', $1, true), set_config('ieum.roles', $2, true)"
_OWNED = "select count(*) from case_file where agency = $1 and owner = $2 and due_at is not null"
# Where others may read a note too, its reader's place is not filled: that would show it to one more.
_READERS = """update case_note set readers = case when cardinality(array_remove(readers, $1)) = 0
  then array[$2] else array_remove(readers, $1) end where $1 = any (readers)"""
_DUE = f"""select {_COLUMNS} from case_file where due_at <= $1 and overdue_at is null
order by due_at, id limit $2 for update skip locked"""
_KEEP_UNTIL = "update case_file set case_until = $2, restricted_until = $3 where id = $1"
_HANDLED = """update case_report set reporter_until = $2
where case_id = $1 and reporter is not null and reporter_until is null"""
_BY_RECEIPT = f"""select {", ".join(f"f.{name}" for name in _NAMES)}
from case_file f join case_report r on r.case_id = f.id where r.receipt_hash = $1"""
_REPORT = "select id, told, reporter, emergency_numbers, reported_at from case_report where case_id = $1"
_ENTRIES = """select version, command, state, step, owner, due_at, by, at, reason from case_entry
where case_id = $1 order by version"""
_SERVICES = """select id, service, provider, since, until, cost_won, recorded_by, recorded_at
from case_service where case_id = $1 order by since, id"""
_GOALS = "select id, goal, due_on, set_by, set_at from case_goal where case_id = $1 order by due_on, id"
_CONFERENCES = """select id, held_on, participants, decision, recorded_by, recorded_at
from case_conference where case_id = $1 order by held_on, id"""
_NOTES = """select id, note, readers, written_by, written_at from case_note
where case_id = $1 order by written_at, id"""
_OF_PERSON = f"""select {", ".join(f"f.{name}" for name in _NAMES)}
from case_file f join case_person p on p.case_id = f.id where p.person = $1 order by f.id"""

# What is sealed of a case lies under the first person's keys: it goes with that person's.
_FIRST = "(select case_id from case_person where person = any($1) and first)"
_FORGET: Mapping[str, tuple[str, ...]] = {
    "case": (
        f"update case_report set told = null where case_id in {_FIRST}",
        f"update case_entry set reason = null where case_id in {_FIRST} and reason is not null",
        f"update case_goal set goal = null where case_id in {_FIRST}",
        f"update case_conference set decision = null where case_id in {_FIRST}",
        f"""update case_file set forgotten_at = $2
where id in {_FIRST} and forgotten_at is null and due_at is null""",
    ),
    "restricted": (
        f"update case_note set note = null where case_id in {_FIRST}",
        f"update case_file set restricted_until = null where id in {_FIRST}",
    ),
}
# A person's class goes when the last of their cases has come to its day: keys are per person and class.
_EXPIRED = """select p.person from case_file f join case_person p on p.case_id = f.id and p.first
where f.restricted_until <= $1 and not exists (
  select from case_file other join case_person o on o.case_id = other.id and o.first
  where o.person = p.person and (other.due_at is not null or other.restricted_until > $1))
and not exists (select from contact_note n where n.person = p.person and n.record_class = 'restricted'
  and n.note is not null and (n.until is null or n.until > $1))
limit $2 for update of f skip locked"""
_LOCK = """select from case_file f join case_person p on p.case_id = f.id and p.first
where p.person = any($1) order by f.id for update of f"""
_REPORTERS = """update case_report set reporter = null where id in (
  select id from case_report where reporter is not null and reporter_until <= $1
  order by reporter_until limit $2 for update skip locked) returning id"""
_MOMENTS = """select at, 'case-' || command, case_id, null, version::text from case_entry
where case_id in (select case_id from case_person where person = any($1))"""


@dataclass(frozen=True)
class Report:
    """A report as stored; `told` and `reporter` are None once destroyed."""

    id: UUID
    told: Sealed | None
    reporter: Sealed | None
    emergency_numbers: Sequence[str]
    reported_at: datetime


@dataclass(frozen=True)
class Entry:
    """Something done, and where the case stood then; `by` is a staff account, `report` for the report."""

    version: int
    command: str
    state: str
    step: str
    owner: str
    due_at: datetime | None
    by: str
    at: datetime
    reason: Sealed | None


@dataclass(frozen=True)
class Goal:
    """A goal of the plan."""

    id: UUID
    goal: Sealed | None
    due_on: date
    set_by: str
    set_at: datetime


@dataclass(frozen=True)
class Service:
    """A service record: both days included, cost in won."""

    id: UUID
    service: str
    provider: str
    since: date
    until: date
    cost_won: int
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class Conference:
    """A case conference: who took part by role and agency, and the sealed decision."""

    id: UUID
    held_on: date
    participants: Sequence[Mapping[str, str]]
    decision: Sealed | None
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class NoteRow:
    """A restricted note, seen only by whom it names."""

    id: UUID
    note: Sealed | None
    readers: Sequence[str]
    written_by: str
    written_at: datetime


async def insert(tx: Tx, case: Case) -> None:
    """Insert a new case; nothing is read back, as the reporter may not see it."""
    await tx.execute(_INSERT, *(getattr(case, name) for name in _NAMES))


async def add_person(tx: Tx, case: UUID, person: UUID, *, first: bool) -> None:
    """Add a person of the household; `first` is the one under whose keys all is sealed."""
    await tx.execute(_INSERT_PERSON, case, person, first, tx.now)


async def insert_report(tx: Tx, report: Report, case: Case, receipt_hash: bytes) -> None:
    """Insert what was told."""
    await tx.execute(
        _INSERT_REPORT,
        report.id,
        case.id,
        case.agency,
        receipt_hash,
        dumped(report.told),
        dumped(report.reporter),
        list(report.emergency_numbers),
        report.reported_at,
    )


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Case | None:
    """The case if the actor may see it, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return Case(**dict(row)) if row else None


async def by_receipt(tx: Tx, receipt_hash: bytes) -> Case | None:
    """The case of a receipt code; row-level security opens that one for the rest of the transaction."""
    await tx.execute("select set_config('ieum.receipt', $1, true)", receipt_hash.hex())
    row = await tx.fetchrow(_BY_RECEIPT, receipt_hash)
    return Case(**dict(row)) if row else None


async def listed(
    tx: Tx, *, owner: str | None, state: str | None, overdue: bool, closed: bool, limit: int
) -> list[Case]:
    """Cases the actor may see, the first due first."""
    return [Case(**dict(row)) for row in await tx.fetch(_LIST, owner, state, overdue, closed, limit)]


async def of_person(tx: Tx, person: UUID) -> list[Case]:
    """The cases in which the person has part."""
    return [Case(**dict(row)) for row in await tx.fetch(_OF_PERSON, person)]


async def persons(tx: Tx, cases: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Who a case is about, the first person first."""
    return {row["case_id"]: row["persons"] for row in await tx.fetch(_PERSONS, list(cases))}


async def save(tx: Tx, cases: Sequence[Case], command: str, *, by: str, reason: Sealed | None = None) -> None:
    """Keep cases as they are now, with an entry each; their rows are locked."""
    await tx.execute(_SAVE, *([getattr(case, name) for case in cases] for name in _SAVED))
    await enter(tx, cases, command, by=by, reason=reason)


async def enter(
    tx: Tx, cases: Sequence[Case], command: str, *, by: str, reason: Sealed | None = None
) -> None:
    """Add an entry for each case's present version."""
    columns = ([getattr(case, name) for case in cases] for name in _ENTERED)
    await tx.execute(_ADD_ENTRIES, *columns, command, by, tx.now, dumped(reason))


async def hand_over(tx: Tx, agency: str, from_: str, to: str) -> int:
    """Give all open cases of one owner to another; gives how many."""
    done: str = await tx.execute(_HAND_OVER, agency, from_, to, tx.actor.id, tx.now)
    return int(done.rpartition(" ")[2])


@asynccontextmanager
async def as_agency(tx: Tx, agency: str) -> AsyncIterator[None]:
    """See an agency's cases for the length of a block, as who ends one of its accounts must."""
    [before] = await tx.fetch(_ACTS_FOR)
    await tx.execute(_ACT_FOR, agency, "official")
    yield
    await tx.execute(_ACT_FOR, *before)


async def owned(tx: Tx, agency: str, owner: str) -> int:
    """How many open cases an account owns."""
    return int(await tx.fetchval(_OWNED, agency, owner))


async def pass_notes(tx: Tx, from_: str, to: str) -> None:
    """Take a reader off restricted notes; who alone could read one is followed by another."""
    await tx.execute("select set_config('ieum.leaving', $1, true)", from_)
    await tx.execute(_READERS, from_, to)
    await tx.execute("select set_config('ieum.leaving', '', true)")


async def due(tx: Tx, limit: int) -> list[Case]:
    """Cases whose step is due and was not told of yet, claimed until commit."""
    return [Case(**dict(row)) for row in await tx.fetch(_DUE, tx.now, limit)]


async def keep_until(tx: Tx, case: UUID, words: date | None, restricted: date | None) -> None:
    """Until when a closed case's sealed data is kept; None while it is open."""
    await tx.execute(_KEEP_UNTIL, case, words, restricted)


async def handled(tx: Tx, case: UUID, until: date) -> None:
    """The report was taken up or set aside: until when the reporter is kept."""
    await tx.execute(_HANDLED, case, until)


async def expired(tx: Tx, today: date, limit: int) -> set[UUID]:
    """People whose restricted notes have come to their day; their cases are claimed until commit."""
    return {row["person"] for row in await tx.fetch(_EXPIRED, today, limit)}


async def lock_of(tx: Tx, people: Collection[UUID]) -> None:
    """Lock the cases that are sealed under these people's keys until commit."""
    await tx.execute(_LOCK, list(people))


async def forget(tx: Tx, people: Collection[UUID], record_class: str) -> None:
    """Drop what is sealed of their cases in a class."""
    for sql in _FORGET[record_class]:
        await tx.execute(sql, list(people), *([tx.now] if "$2" in sql else []))


async def forget_reporters(tx: Tx, today: date, limit: int) -> list[UUID]:
    """Drop reporters whose day has come; gives the reports."""
    return [row["id"] for row in await tx.fetch(_REPORTERS, today, limit)]


async def report_of(tx: Tx, case: UUID) -> Report:
    """The report that began the case."""
    row = await tx.fetchrow(_REPORT, case)
    return Report(**_read(row, "told", "reporter"))


async def entries(tx: Tx, case: UUID) -> list[Entry]:
    """What was done, in order."""
    return [Entry(**_read(row, "reason")) for row in await tx.fetch(_ENTRIES, case)]


async def add_goal(tx: Tx, case: UUID, goal: Goal) -> None:
    """Keep a goal."""
    await tx.execute(
        "insert into case_goal (case_id, id, goal, due_on, set_by, set_at) values ($1, $2, $3, $4, $5, $6)",
        case, goal.id, dumped(goal.goal), goal.due_on, goal.set_by, goal.set_at,
    )  # fmt: skip


async def goals(tx: Tx, case: UUID) -> list[Goal]:
    """The goals of the plan, the first due first."""
    return [Goal(**_read(row, "goal")) for row in await tx.fetch(_GOALS, case)]


async def add_service(tx: Tx, case: UUID, service: Service) -> None:
    """Keep a service record."""
    await tx.execute(
        """insert into case_service (case_id, id, service, provider, since, until, cost_won, recorded_by,
  recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        case, service.id, service.service, service.provider, service.since, service.until, service.cost_won,
        service.recorded_by, service.recorded_at,
    )  # fmt: skip


async def services(tx: Tx, case: UUID) -> list[Service]:
    """The service records, the oldest first."""
    return [Service(**dict(row)) for row in await tx.fetch(_SERVICES, case)]


async def add_conference(tx: Tx, case: UUID, held: Conference) -> None:
    """Keep a conference."""
    await tx.execute(
        """insert into case_conference (case_id, id, held_on, participants, decision, recorded_by,
  recorded_at) values ($1, $2, $3, $4, $5, $6, $7)""",
        case, held.id, held.held_on, list(held.participants), dumped(held.decision), held.recorded_by,
        held.recorded_at,
    )  # fmt: skip


async def conferences(tx: Tx, case: UUID) -> list[Conference]:
    """The conferences, the oldest first."""
    return [Conference(**_read(row, "decision")) for row in await tx.fetch(_CONFERENCES, case)]


async def add_note(tx: Tx, case: UUID, note: NoteRow) -> None:
    """Keep a restricted note."""
    await tx.execute(
        """insert into case_note (case_id, id, note, readers, written_by, written_at)
values ($1, $2, $3, $4, $5, $6)""",
        case, note.id, dumped(note.note), list(note.readers), note.written_by, note.written_at,
    )  # fmt: skip


async def notes(tx: Tx, case: UUID) -> list[NoteRow]:
    """The restricted notes that name the actor."""
    return [NoteRow(**_read(row, "note")) for row in await tx.fetch(_NOTES, case)]


def dumped(sealed: Sealed | None) -> dict[str, Any] | None:
    """A sealed object as a jsonb column holds it."""
    return sealed.model_dump(mode="json") if sealed else None


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """The steps of these people's cases that the actor may see."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]


def _read(row: Any, *names: str) -> dict[str, Any]:
    return dict(row) | {name: Sealed.model_validate(row[name]) for name in _filled(row, names)}


def _filled(row: Any, names: Iterable[str]) -> list[str]:
    return [name for name in names if row[name] is not None]
