"""Referrals in SQL. Rows are locked in one order: referral, slot, capacity, ticket, feeds by agency."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake_referrals import Urgency
from ieum.common.events.model import Sealed
from ieum.intake.people.domain import Moment
from ieum.intake.referrals.capacity import Capacity
from ieum.intake.referrals.domain import Done, Referral
from ieum.intake.referrals.tickets import Ticket

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_FIELDS = (
    "id", "number", "person", "from_agency", "to_agency", "need", "programme", "urgency", "basis",
    "agreement", "district", "life_stage", "note", "answer", "status", "reason", "version", "owner", "due_at",
    "sent_at", "changed_at",
)  # fmt: skip
_COLUMNS = ", ".join(_FIELDS)
_INSERT = f"""insert into referral ({_COLUMNS})
values ({", ".join(f"${place}" for place in range(1, len(_FIELDS) + 1))})"""
_FIND = f"select {_COLUMNS} from referral where id = $1"
_UPDATE = """update referral set status = $2, reason = $3, version = $4, owner = $5, due_at = $6,
  changed_at = $7, answer = $8, case_until = $9 where id = $1"""
_OF_PERSON = f"select {_COLUMNS} from referral where person = $1"
_OF = f"""select {_COLUMNS} from referral
where $1 = case when $2 then to_agency else from_agency end and (not $3 or due_at is not null)
order by due_at nulls last, sent_at desc, id limit $4"""
_NEXT_DUE = f"""select {_COLUMNS} from referral where due_at <= $1
order by due_at, id limit 1 for update skip locked"""

# The row that is there is locked even where it is left as it is, so that its number can be read.
_HOLD = """insert into referral_slot as held (slot, referral, number, until) values ($1, $2, $3, $4)
on conflict (slot) do update set referral = excluded.referral, number = excluded.number,
  until = excluded.until
where held.until <= $5 returning true"""

_TAKE_PLACE = """insert into referral_capacity as held (agency, need, taken) values ($1, $2, 1)
on conflict (agency, need) do update set taken = held.taken + 1
where held.accepting and (held.places is null or held.taken < held.places) returning true"""
_GIVE_PLACE = """update referral_capacity set taken = taken - 1 where agency = $1 and need = $2"""
_STATE = """insert into referral_capacity (agency, need, accepting, places, stated_at)
values ($1, $2, $3, $4, $5)
on conflict (agency, need) do update set accepting = excluded.accepting, places = excluded.places,
  stated_at = excluded.stated_at
returning agency, need, accepting, places, taken, stated_at"""
_CAPACITY = """select agency, need, accepting, places, taken, stated_at from referral_capacity
where agency = $1 and need = $2"""

_TELL = """with told as (
  insert into referral_feed as feed (agency, last) select agency, 1 from unnest($1::text[]) as agency
  order by agency on conflict (agency) do update set last = feed.last + 1 returning agency, last)
insert into referral_change (agency, position, referral, fact, version, at)
select agency, last, $2, $3, $4, $5 from told"""
_CHANGES = """select change.position, change.fact, change.version, change.at, referral.id, referral.number,
  referral.from_agency, referral.to_agency, referral.need, referral.urgency, referral.status, referral.owner,
  referral.due_at
from referral_change change join referral on referral.id = change.referral
where change.agency = $1 and change.position > $2 order by change.position limit $3"""
_HISTORY = """select fact, version, at from referral_change
where referral = $1 and agency = $2 order by version"""
_MOMENTS = """select distinct at, 'referral-' || fact, c.referral, null, c.version::text
from referral r join referral_change c on c.referral = r.id where r.person = any($1)"""


@dataclass(frozen=True, slots=True)
class Change:
    """A fact at its position in an agency's feed, with the referral as it is now; nothing of the person."""

    position: int
    fact: Done
    version: int
    at: datetime
    id: UUID
    number: str
    from_agency: str
    to_agency: str
    need: str
    urgency: Urgency
    status: str
    owner: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a referral's history."""

    fact: Done
    version: int
    at: datetime


async def insert(tx: Tx, referral: Referral) -> None:
    """Insert a new referral."""
    await tx.execute(_INSERT, *(_stored(getattr(referral, name)) for name in _FIELDS))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Referral | None:
    """The referral where the actor's agency is a party, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return _referral(row) if row else None


async def of(tx: Tx, agency: str, *, received: bool, only_open: bool, limit: int) -> list[Referral]:
    """What an agency received or sent, the most urgent first."""
    return [_referral(row) for row in await tx.fetch(_OF, agency, received, only_open, limit)]


async def of_person(tx: Tx, person: UUID) -> list[Referral]:
    """All referrals of a person, open or not."""
    return [_referral(row) for row in await tx.fetch(_OF_PERSON, person)]


async def forget(tx: Tx, person: UUID) -> None:
    """Drop notes and sentences about a person."""
    await tx.execute("update referral set note = null, answer = null where person = $1", person)


async def next_due(tx: Tx) -> Referral | None:
    """One referral whose time has come and that nobody else is working on, locked until commit."""
    row = await tx.fetchrow(_NEXT_DUE, tx.now)
    return _referral(row) if row else None


async def update(tx: Tx, one: Referral, until: date | None = None) -> None:
    """Write what a step changed; `until`: how long a closed one keeps what was written."""
    state = (one.status, one.reason, one.version, one.owner, one.due_at, one.changed_at, _stored(one.answer))
    await tx.execute(_UPDATE, one.id, *state, until)


async def hold(tx: Tx, slot: bytes, referral: UUID, number: str, until: datetime) -> str | None:
    """Hold a person's slot for a need; gives the number of the referral that holds it already, if any."""
    if await tx.fetchval(_HOLD, slot, referral, number, until, tx.now):
        return None
    return str(await tx.fetchval("select number from referral_slot where slot = $1", slot))


async def release(tx: Tx, referral: UUID) -> None:
    """Let the slot go, if the referral still holds it."""
    await tx.execute("delete from referral_slot where referral = $1", referral)


async def take_place(tx: Tx, agency: str, need: str) -> bool:
    """Take one of an agency's places; False where there is none. Whoever asks at the same time waits."""
    return bool(await tx.fetchval(_TAKE_PLACE, agency, need))


async def give_place(tx: Tx, agency: str, need: str) -> None:
    """Give a place back."""
    await tx.execute(_GIVE_PLACE, agency, need)


async def state(tx: Tx, agency: str, need: str, *, accepting: bool, places: int | None) -> Capacity:
    """Keep what an agency says of its room; what it owes already stays counted."""
    return Capacity(**dict(await tx.fetchrow(_STATE, agency, need, accepting, places, tx.now) or {}))


async def capacity(tx: Tx, agency: str, need: str) -> Capacity:
    """What is known of an agency's room for a need."""
    row = await tx.fetchrow(_CAPACITY, agency, need)
    return Capacity(**dict(row)) if row else Capacity(agency, need, True, None, 0, None)


async def tell(tx: Tx, referral: Referral, fact: Done) -> None:
    """Append a fact to the feeds of both agencies; their rows are locked until commit, in one order."""
    agencies = [referral.from_agency, referral.to_agency]
    await tx.execute(_TELL, agencies, referral.id, fact, referral.version, tx.now)


async def changes(tx: Tx, agency: str, after: int, limit: int) -> list[Change]:
    """What was told to an agency after a position, in order."""
    return [Change(**dict(row)) for row in await tx.fetch(_CHANGES, agency, after, limit)]


async def history(tx: Tx, referral: UUID, agency: str) -> list[Entry]:
    """What happened to a referral, the oldest first."""
    return [Entry(**dict(row)) for row in await tx.fetch(_HISTORY, referral, agency)]


async def positions(tx: Tx, agencies: Sequence[str]) -> dict[str, int]:
    """How far the feeds of these agencies are; an agency without any is missing."""
    rows = await tx.fetch("select agency, last from referral_feed where agency = any($1)", list(agencies))
    return {row["agency"]: row["last"] for row in rows}


async def keep_ticket(tx: Tx, ticket: Ticket) -> None:
    """Keep what the person carries."""
    values = (ticket.number, ticket.place, ticket.from_at, ticket.until_at)
    await tx.execute(
        """insert into referral_ticket (number, place, from_at, until_at) values ($1, $2, $3, $4)
        on conflict (number) do update set place = excluded.place, from_at = excluded.from_at,
          until_at = excluded.until_at""",
        *values,
    )


async def ticket(tx: Tx, number: str) -> Ticket | None:
    """The ticket of that number."""
    row = await tx.fetchrow(
        "select number, place, from_at, until_at from referral_ticket where number = $1", number
    )
    return Ticket(**dict(row)) if row else None


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """The steps of these people's referrals that the actor may see."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]


def _stored(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Sealed) else value


def _referral(row: Any) -> Referral:
    values = dict(row)
    for name in ("note", "answer"):
        values[name] = Sealed.model_validate(values[name]) if values[name] else None
    return Referral(**values)
