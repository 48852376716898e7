"""Matches, seats and waiting lists in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ieum.matching.placement.domain import Match, Waiter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.placement.domain import Proposal

# Everything that gives or frees places of a programme takes turns; everybody locks in the same order.
_LOCK = "select pg_advisory_xact_lock(hashtextextended(name, 0)) from (select unnest($1::text[]) as name) n"

# The ledger follows the opening's capacity, but never below what is taken.
_SEATS = """
insert into seat (opening, capacity) select id, capacity from opening where id = any($1) order by id
on conflict (opening) do update set capacity = greatest(excluded.capacity, seat.taken)
returning opening, capacity - taken as free"""

_TAKE = """
update seat set taken = seat.taken + n.places
from unnest($1::uuid[], $2::int[]) as n (opening, places) where seat.opening = n.opening"""

_HOLDERS = """
select person from match
where programme = $1 and person = any($2) and state in ('proposed', 'accepted')"""

_INSERT = """
insert into match (id, application, person, programme, opening, organisation, round, rank, place,
  state, proposed_at, answer_by)
select id, application, person, $2, opening, organisation, round, rank, place, 'proposed', $3, answer_by
from jsonb_to_recordset($1::jsonb) as new (id uuid, application uuid, person uuid, opening uuid,
  organisation uuid, round uuid, rank int, place text, answer_by timestamptz)"""

_MATCH = "select * from match where id = $1"
_LOCK_MATCHES = "select * from match where id = any($1) order by id for update"
_END = """
update match m set state = n.state, reason = n.reason, version = m.version + 1, answered_at = $4
from unnest($1::uuid[], $2::text[], $3::text[]) as n (id, state, reason)
where m.id = n.id returning m.*"""

_OPEN_OF_PEOPLE = "select * from match where state = 'proposed' and person = any($1) order by id"
_OPEN_OF_APPLICATIONS = "select * from match where state = 'proposed' and application = any($1) order by id"
_DUE_PROGRAMMES = "select distinct programme from match where state = 'proposed' and answer_by < $1"
_DUE = """
select * from match where programme = $1 and state = 'proposed' and answer_by < $2
order by answer_by, id limit $3 for update"""
_OF_APPLICATION = "select * from match where application = $1 order by proposed_at, id"
_OFFERED = "select application, opening from match where programme = $1"
_HOLDING = """
select application, opening, place from match where programme = $1 and state in ('proposed', 'accepted')"""

_DUE_REFILL = "insert into refill_due (programme, since) values ($1, $2) on conflict do nothing"
_DUE_REFILLS = "select programme from refill_due order by since, programme"
_REFILLED = "delete from refill_due where programme = $1"

_CLEAR_WAITING = "delete from waiting where programme = $1"
_WAIT = """
insert into waiting (opening, application, programme, round, position)
select opening, application, $2, $3, position
from unnest($1::uuid[], $4::uuid[], $5::bigint[]) as new (opening, application, position)
on conflict do nothing"""

# In line: whoever still wants the place, holds none of the programme, and was not offered it before.
_LINE = """
select w.opening, w.application, w.position, a.person, a.choices
from waiting w
join application a on a.id = w.application
join person p on p.id = a.person
where a.state = 'ranked' and p.erased_at is null
  and not exists (select from match m where m.person = a.person and m.programme = a.programme
    and m.state in ('proposed', 'accepted'))
  and not exists (select from match m where m.application = w.application and m.opening = w.opening)"""

_IN_LINE = f"""
select * from ({_LINE} and w.opening = any($1)) as line order by opening, position, application"""

_NUMBERS = f"""
select opening, application, number from (
  select opening, application,
    row_number() over (partition by opening order by position, application) as number
  from ({_LINE} and w.opening in (select opening from waiting where application = any($1))) as line
) as numbered where application = any($1) order by application, opening"""


async def lock(tx: Tx, names: Iterable[str]) -> None:
    """Take turns with everybody who changes places under these names, until commit."""
    await tx.fetch(_LOCK, sorted(set(names)))


async def seats(tx: Tx, openings: Collection[UUID]) -> dict[UUID, int]:
    """Lock the ledger rows of these openings and give the free places of each."""
    rows = await tx.fetch(_SEATS, list(openings))
    return {row["opening"]: row["free"] for row in rows}


async def take(tx: Tx, places: Mapping[UUID, int]) -> None:
    """Take places, or free them where the number is negative; the ledger refuses more than there are."""
    await tx.execute(_TAKE, list(places), list(places.values()))


async def holders(tx: Tx, programme: str, people: Collection[UUID]) -> set[UUID]:
    """Those of these people who hold a proposed or accepted place of the programme."""
    return {row["person"] for row in await tx.fetch(_HOLDERS, programme, list(people))}


async def insert(tx: Tx, programme: str, proposals: Mapping[UUID, Proposal]) -> None:
    """Insert proposed matches, by their ids."""
    rows = [
        {
            "id": str(id_),
            "application": str(one.offer.application),
            "person": str(one.offer.person),
            "opening": str(one.offer.opening),
            "organisation": str(one.organisation),
            "round": str(one.round) if one.round else None,
            "rank": one.offer.rank,
            "place": one.offer.place,
            "answer_by": one.answer_by.isoformat(),
        }
        for id_, one in proposals.items()
    ]
    await tx.execute(_INSERT, rows, programme, tx.now)


async def match(tx: Tx, id_: UUID) -> Match | None:
    """One match."""
    row = await tx.fetchrow(_MATCH, id_)
    return _match(row) if row else None


async def lock_matches(tx: Tx, ids: Collection[UUID]) -> list[Match]:
    """Lock these matches and give them as they are now, by id."""
    return [_match(row) for row in await tx.fetch(_LOCK_MATCHES, list(ids))]


async def end(tx: Tx, ends: Mapping[UUID, tuple[str, str | None]]) -> list[Match]:
    """Give matches, by id, their new state and reason; gives them as they are then."""
    states = [state for state, _ in ends.values()]
    reasons = [reason for _, reason in ends.values()]
    return [_match(row) for row in await tx.fetch(_END, list(ends), states, reasons, tx.now)]


async def open_of_people(tx: Tx, people: Collection[UUID]) -> list[Match]:
    """The open proposals to these people."""
    return [_match(row) for row in await tx.fetch(_OPEN_OF_PEOPLE, list(people))]


async def open_of_applications(tx: Tx, applications: Collection[UUID]) -> list[Match]:
    """The open proposals to these applications."""
    return [_match(row) for row in await tx.fetch(_OPEN_OF_APPLICATIONS, list(applications))]


async def due_programmes(tx: Tx) -> list[str]:
    """Programmes with proposals whose time is over."""
    return [row["programme"] for row in await tx.fetch(_DUE_PROGRAMMES, tx.now)]


async def due(tx: Tx, programme: str, limit: int) -> list[Match]:
    """Lock a programme's proposals whose time is over, the oldest first."""
    return [_match(row) for row in await tx.fetch(_DUE, programme, tx.now, limit)]


async def of_application(tx: Tx, application: UUID) -> list[Match]:
    """An application's matches, oldest first."""
    return [_match(row) for row in await tx.fetch(_OF_APPLICATION, application)]


async def offered(tx: Tx, programme: str) -> set[tuple[UUID, UUID]]:
    """Pairs of application and opening that were matched before, whatever became of it."""
    return {(row["application"], row["opening"]) for row in await tx.fetch(_OFFERED, programme)}


async def holding(tx: Tx, programme: str) -> list[tuple[UUID, UUID, str | None]]:
    """(application, opening, kind of place) of all who hold a proposed or accepted place of a programme."""
    rows = await tx.fetch(_HOLDING, programme)
    return [(row["application"], row["opening"], row["place"]) for row in rows]


async def due_refill(tx: Tx, programme: str) -> None:
    """Say that something came free at a programme by rounds."""
    await tx.execute(_DUE_REFILL, programme, tx.now)


async def due_refills(tx: Tx) -> list[str]:
    """Programmes of which that was said, the oldest first."""
    return [row["programme"] for row in await tx.fetch(_DUE_REFILLS)]


async def refilled(tx: Tx, programme: str) -> None:
    """Say that it was looked at."""
    await tx.execute(_REFILLED, programme)


async def clear_waiting(tx: Tx, programme: str) -> None:
    """Drop a programme's waiting lists: a new round makes new ones."""
    await tx.execute(_CLEAR_WAITING, programme)


async def wait(
    tx: Tx, programme: str, round_: UUID | None, entries: Sequence[tuple[UUID, UUID, int]]
) -> None:
    """Add (opening, application, position) to waiting lists; who waits there already keeps their place."""
    await tx.execute(
        _WAIT,
        [opening for opening, _, _ in entries],
        programme,
        round_,
        [application for _, application, _ in entries],
        [position for _, _, position in entries],
    )


async def in_line(tx: Tx, openings: Collection[UUID]) -> list[Waiter]:
    """Who waits at these openings and may be offered a place now, in the order of each."""
    return [
        Waiter(row["opening"], row["application"], row["person"], tuple(row["choices"]))
        for row in await tx.fetch(_IN_LINE, list(openings))
    ]


async def numbers(tx: Tx, applications: Collection[UUID]) -> list[tuple[UUID, UUID, int]]:
    """(application, opening, waiting number from 1) of those of these applications that are in line."""
    rows = await tx.fetch(_NUMBERS, list(applications))
    return [(row["application"], row["opening"], row["number"]) for row in rows]


def _match(row: Any) -> Match:
    return Match(**{name: row[name] for name in Match.__slots__})
