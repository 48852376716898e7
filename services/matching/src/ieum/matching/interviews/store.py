"""Interviews and the times offered for them, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncpg import ExclusionViolationError, UniqueViolationError

from ieum.common.events.model import Sealed
from ieum.common.kernel.errors import Refusal
from ieum.matching.interviews.domain import Interview, Slot

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from ieum.common.postgres import Tx

_LOCK = "select pg_advisory_xact_lock(hashtextextended('interviews/' || $1::uuid, 0))"
_COLUMNS = ", ".join(Interview.__slots__)

_ADD_SLOTS = """
insert into interview_slot (id, opening, starts_at, ends_at, place)
select id, $1, starts_at, ends_at, place
from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::text[])
  as new (id, starts_at, ends_at, place)
on conflict (opening, starts_at, place) do nothing"""
_SLOTS = """
select s.*, exists (select from interview i where i.slot = s.id) as taken
from interview_slot s where s.opening = $1 order by s.starts_at, s.place"""
_LOCK_SLOT = "select * from interview_slot where id = $1 and opening = $2 for update"

_INSERT = """
insert into interview (id, candidate, application, person, programme, opening, organisation, state)
select id, candidate, application, person, $1, $2, $3, 'shortlisted'
from unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[]) as new (id, candidate, application, person)
on conflict (candidate) do update set state = 'shortlisted', reason = null, answer_by = null
  where interview.state = 'called_off'"""
_FIND = f"select {_COLUMNS} from interview where id = $1"
_OF_OPENING = f"select {_COLUMNS} from interview where opening = $1 order by starts_at nulls last, id"
_OF_APPLICATION = f"select {_COLUMNS} from interview where application = $1 order by id"
_OF_PROGRAMME = f"select {_COLUMNS} from interview where programme = $1"
_CHANGE = f"""
update interview set state = $2, reason = $3, answer_by = $4, slot = $5, starts_at = $6, ends_at = $7,
  place = $8, total = $9, most = $10, scores = $11, version = version + 1,
  told_due = coalesce($6::timestamptz < $12::timestamptz, false)
    or told_due and starts_at is not distinct from $6
where id = $1 returning {_COLUMNS}"""

_OPEN = "state in ('shortlisted', 'invited', 'booked')"
_OPEN_OF_APPLICATIONS = f"select {_COLUMNS} from interview where application = any($1) and {_OPEN} for update"
_OPEN_OF_PEOPLE = f"select {_COLUMNS} from interview where person = any($1) and {_OPEN} for update"
_UNANSWERED = f"""
select {_COLUMNS} from interview where state = 'invited' and answer_by < $1
order by answer_by, id limit $2 for update skip locked"""
_COMING = f"""
update interview set told_due = true, version = version + 1 where id in (
  select id from interview where state = 'booked' and not told_due and starts_at < $1 and starts_at > $2
  order by starts_at, id limit $3 for update skip locked)
returning {_COLUMNS}"""
_FORGET = "update interview set scores = null where person = any($1) and scores is not null"


async def lock(tx: Tx, opening: UUID) -> None:
    """Take turns with everybody who changes the interviews of an opening, until commit."""
    await tx.execute(_LOCK, opening)


async def add_slots(tx: Tx, opening: UUID, slots: Sequence[Slot]) -> None:
    """Offer these times; one that is offered already stays as it is."""
    await tx.execute(
        _ADD_SLOTS,
        opening,
        [one.id for one in slots],
        [one.starts_at for one in slots],
        [one.ends_at for one in slots],
        [one.place for one in slots],
    )


async def slots(tx: Tx, opening: UUID) -> list[tuple[Slot, bool]]:
    """The times offered at an opening, and whether somebody has each."""
    return [(_slot(row), row["taken"]) for row in await tx.fetch(_SLOTS, opening)]


async def lock_slot(tx: Tx, id_: UUID, opening: UUID) -> Slot | None:
    """Lock one of the times of an opening."""
    row = await tx.fetchrow(_LOCK_SLOT, id_, opening)
    return _slot(row) if row else None


async def shortlist(tx: Tx, opening: Any, added: Mapping[UUID, tuple[UUID, UUID, UUID]]) -> None:
    """Put candidates on the shortlist: by the interview's id their number, application and person."""
    numbers, applications, people = zip(*added.values(), strict=True)
    about = (opening.programme, opening.id, opening.organisation)
    await tx.execute(_INSERT, *about, list(added), list(numbers), list(applications), list(people))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Interview | None:
    """One interview."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return _interview(row) if row else None


async def of_opening(tx: Tx, opening: UUID) -> list[Interview]:
    """Those of an opening, by time."""
    return [_interview(row) for row in await tx.fetch(_OF_OPENING, opening)]


async def of_application(tx: Tx, application: UUID) -> list[Interview]:
    """Those of an application."""
    return [_interview(row) for row in await tx.fetch(_OF_APPLICATION, application)]


async def of_programme(tx: Tx, programme: str) -> list[Interview]:
    """All of a programme."""
    return [_interview(row) for row in await tx.fetch(_OF_PROGRAMME, programme)]


async def change(tx: Tx, new: Interview, told_by: datetime) -> Interview:
    """Keep what an interview has become, and count a fact; of one that begins before `told_by` none reminds.

    Raises Refusal 409 `slot-taken`, or `other-interview` where the person is in another one at that time.
    """
    scores = new.scores.model_dump(mode="json") if new.scores else None
    times = (new.slot, new.starts_at, new.ends_at, new.place)
    values = (new.state, new.reason, new.answer_by, *times, new.total, new.most, scores)
    try:
        return _interview(await tx.fetchrow(_CHANGE, new.id, *values, told_by))
    except UniqueViolationError:
        raise taken() from None
    except ExclusionViolationError:
        raise Refusal(
            "other-interview",
            ko="그 시간에는 다른 면접이 있습니다. 다른 시간을 골라 주십시오.",
            en="There is another interview at that time. Please choose another one.",
            status=409,
        ) from None


async def open_of_applications(tx: Tx, applications: Collection[UUID]) -> list[Interview]:
    """Lock those of these applications that are not over."""
    return [_interview(row) for row in await tx.fetch(_OPEN_OF_APPLICATIONS, list(applications))]


async def open_of_people(tx: Tx, people: Collection[UUID]) -> list[Interview]:
    """Lock those of these people that are not over."""
    return [_interview(row) for row in await tx.fetch(_OPEN_OF_PEOPLE, list(people))]


async def unanswered(tx: Tx, limit: int) -> list[Interview]:
    """Lock invitations that nobody answered in time."""
    return [_interview(row) for row in await tx.fetch(_UNANSWERED, tx.now, limit)]


async def coming(tx: Tx, until: datetime, limit: int) -> list[Interview]:
    """Those that begin until then and were not told of yet; they are from now on."""
    return [_interview(row) for row in await tx.fetch(_COMING, until, tx.now, limit)]


async def forget(tx: Tx, people: Collection[UUID]) -> None:
    """Leave nothing sealed of these people."""
    await tx.execute(_FORGET, list(people))


def taken() -> Refusal:
    """Somebody else has that time."""
    return Refusal(
        "slot-taken",
        ko="다른 분이 먼저 고르신 시간입니다. 다른 시간을 골라 주십시오.",
        en="Somebody else has chosen that time. Please choose another one.",
        status=409,
    )


def _slot(row: Any) -> Slot:
    return Slot(**{name: row[name] for name in Slot.__slots__})


def _interview(row: Any) -> Interview:
    plain = {name: row[name] for name in Interview.__slots__ if name != "scores"}
    return Interview(**plain, scores=Sealed.model_validate(row["scores"]) if row["scores"] else None)
