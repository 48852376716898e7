"""Matches, seats and waiting lists in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ieum.common.kernel.dates import korean_date
from ieum.matching.placement.domain import Match, Waiter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.placement.domain import Change, Proposal

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

# The newest version says whether a programme may go together with others.
_EXCLUSIVE = """coalesce((select (definition->'matching'->>'exclusive')::boolean from programme
  where id = {programme} order by version desc limit 1), true)"""

# Who holds a place of the programme, or of another one that would go with this one on no day from today on.
_HOLDERS = f"""
select distinct person from match
where person = any($2) and (
  (programme = $1 and state in ('proposed', 'accepted', 'started', 'completed'))
  or (exclusive and held_from is not null and (held_until is null or held_until >= $3)
    and {_EXCLUSIVE.format(programme="$1")}))"""

_BOUND = """
select exists (select from match where person = $1 and id <> $2 and exclusive and held_from is not null
  and daterange(held_from, held_until, '[]') && daterange($3, $4, '[]'))"""

_COOLING = """
select person, max(cools_until) as until from match
where programme = $1 and person = any($2) and cools_until > $3 group by person"""

_INSERT = f"""
insert into match (id, application, person, programme, opening, organisation, round, rank, place, state,
  proposed_at, answer_by, exclusive)
select id, application, person, $2, opening, organisation, round, rank, place, 'proposed', $3, answer_by,
  {_EXCLUSIVE.format(programme="$2")}
from jsonb_to_recordset($1::jsonb) as new (id uuid, application uuid, person uuid, opening uuid,
  organisation uuid, round uuid, rank int, place text, answer_by timestamptz)"""

_MATCH = "select * from match where id = $1"
_LOCK_MATCHES = "select * from match where id = any($1) order by id for update"
_CHANGE = """
update match m set state = n.state, reason = n.reason, version = m.version + 1,
  answered_at = case when m.state = 'proposed' then $2 else m.answered_at end,
  held_from = n.held_from, held_until = n.held_until, cools_until = n.cools_until,
  keeps_seat = n.keeps_seat, note = n.note
from jsonb_to_recordset($1::jsonb) as n (id uuid, state text, reason text, held_from date, held_until date,
  cools_until date, keeps_seat boolean, note jsonb)
where m.id = n.id returning m.*"""
_COUNT = "update match set version = version + 1 where id = any($1) returning id, version"

_FORGET = """
update match m set note = null where person = any($1) and note is not null
  and exists (select from application a where a.id = m.application and a.state = 'erased')"""

_OPEN_OF_PEOPLE = "select * from match where state = 'proposed' and person = any($1) order by id"
_OPEN_OF_APPLICATIONS = """
select * from match
where state in ('proposed', 'accepted', 'started') and application = any($1) order by id"""
# Over: unanswered in time, or proposed in the very moment in which the person was bound elsewhere ($2: day).
_OVER = """
from match m where m.state = 'proposed' and (m.answer_by < $1 or (m.exclusive and exists (
  select from match b where b.person = m.person and b.id <> m.id and b.exclusive and b.held_from is not null
    and (b.held_until is null or b.held_until >= $2))))"""
_DUE_PROGRAMMES = f"select distinct m.programme {_OVER}"
_DUE = f"""
select m.* {_OVER} and m.programme = $3 order by m.answer_by, m.id limit $4 for update of m"""
_OF_APPLICATION = "select * from match where application = $1 order by proposed_at, id"
_OFFERED = "select application, opening from match where programme = $1"
_HOLDING = """
select application, opening, place from match
where programme = $1 and (state in ('proposed', 'accepted', 'started', 'completed') or keeps_seat)"""

_ROUNDS_OF = """
select round from match where application = $1 and round is not null
union select round from waiting where application = $1 and round is not null order by round"""

_DUE_REFILL = "insert into refill_due (programme, since) values ($1, $2) on conflict do nothing"
_DUE_REFILLS = "select programme from refill_due order by since, programme"
_REFILLED = "delete from refill_due where programme = $1"

_CLEAR_WAITING = "delete from waiting where programme = $1"
_WAIT = """
insert into waiting (opening, application, programme, round, position)
select opening, application, $2, $3, position
from unnest($1::uuid[], $4::uuid[], $5::bigint[]) as new (opening, application, position)
on conflict do nothing"""

# In line on a day ($2): whoever still wants the place, may hold it beside what they hold, is not cooling off,
# and was not offered it before.
_LINE = """
select w.opening, w.application, w.position, a.person, a.choices
from waiting w
join application a on a.id = w.application
join person p on p.id = a.person
left join lateral (select definition from programme where id = a.programme
  order by version desc limit 1) g on true
where a.state = 'ranked' and p.erased_at is null
  and not exists (select from match m where m.person = a.person and (
    (m.programme = a.programme and (m.state in ('proposed', 'accepted', 'started', 'completed')
      or m.cools_until > $2))
    or (m.exclusive and m.held_from is not null and (m.held_until is null or m.held_until >= $2)
      and coalesce((g.definition->'matching'->>'exclusive')::boolean, true))))
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
    """Those of these people who hold a place of the programme, or one elsewhere that goes with none of it."""
    rows = await tx.fetch(_HOLDERS, programme, list(people), korean_date(tx.now))
    return {row["person"] for row in rows}


async def is_bound(tx: Tx, match: Match, first: date, last: date | None) -> bool:
    """Whether the person holds another exclusive place on one of these days; None: no end is known."""
    return bool(await tx.fetchval(_BOUND, match.person, match.id, first, last))


async def cooling(tx: Tx, programme: str, people: Collection[UUID]) -> dict[UUID, date]:
    """Those of these people who are not offered the programme now, and the day from which they may be."""
    rows = await tx.fetch(_COOLING, programme, list(people), korean_date(tx.now))
    return {row["person"]: row["until"] for row in rows}


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


async def change(tx: Tx, changes: Mapping[UUID, Change]) -> list[Match]:
    """Change matches, by id, and count a fact of each; gives them as they are then."""
    rows = [{"id": str(id_), **_row(one)} for id_, one in changes.items()]
    return [_match(row) for row in await tx.fetch(_CHANGE, rows, tx.now)]


def _row(change: Change) -> dict[str, Any]:
    days = ("held_from", "held_until", "cools_until")
    return {
        "state": change.state,
        "reason": change.reason,
        "keeps_seat": change.keeps_seat,
        "note": change.note.model_dump(mode="json") if change.note else None,
        **{name: day.isoformat() if (day := getattr(change, name)) else None for name in days},
    }


async def count(tx: Tx, matches: Collection[UUID]) -> dict[UUID, int]:
    """Count a fact of each of these locked matches; gives its sequence."""
    return {row["id"]: row["version"] for row in await tx.fetch(_COUNT, list(matches))}


async def forget(tx: Tx, people: Collection[UUID]) -> None:
    """Drop what these people wrote whose applications are forgotten."""
    await tx.execute(_FORGET, list(people))


async def open_of_people(tx: Tx, people: Collection[UUID]) -> list[Match]:
    """The open proposals to these people."""
    return [_match(row) for row in await tx.fetch(_OPEN_OF_PEOPLE, list(people))]


async def open_of_applications(tx: Tx, applications: Collection[UUID]) -> list[Match]:
    """What these applications have: open proposals, places accepted and places begun."""
    return [_match(row) for row in await tx.fetch(_OPEN_OF_APPLICATIONS, list(applications))]


async def due_programmes(tx: Tx) -> list[str]:
    """Programmes with proposals that are over."""
    return [row["programme"] for row in await tx.fetch(_DUE_PROGRAMMES, tx.now, korean_date(tx.now))]


async def due(tx: Tx, programme: str, limit: int) -> list[Match]:
    """Lock a programme's proposals that are over, the oldest first."""
    today = korean_date(tx.now)
    return [_match(row) for row in await tx.fetch(_DUE, tx.now, today, programme, limit)]


async def of_application(tx: Tx, application: UUID) -> list[Match]:
    """An application's matches, oldest first."""
    return [_match(row) for row in await tx.fetch(_OF_APPLICATION, application)]


async def offered(tx: Tx, programme: str) -> set[tuple[UUID, UUID]]:
    """Pairs of application and opening that were matched before, whatever became of it."""
    return {(row["application"], row["opening"]) for row in await tx.fetch(_OFFERED, programme)}


async def holding(tx: Tx, programme: str) -> list[tuple[UUID, UUID, str | None]]:
    """(application, opening, kind of place) of all by whom a place of a programme is taken."""
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


async def rounds_of(tx: Tx, application: UUID) -> list[UUID]:
    """The rounds that led to an application's matches or put it onto a waiting list."""
    return [row["round"] for row in await tx.fetch(_ROUNDS_OF, application)]


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
        for row in await tx.fetch(_IN_LINE, list(openings), korean_date(tx.now))
    ]


async def numbers(tx: Tx, applications: Collection[UUID]) -> list[tuple[UUID, UUID, int]]:
    """(application, opening, waiting number from 1) of those of these applications that are in line."""
    rows = await tx.fetch(_NUMBERS, list(applications), korean_date(tx.now))
    return [(row["application"], row["opening"], row["number"]) for row in rows]


def _match(row: Any) -> Match:
    return Match(**{name: row[name] for name in Match.__slots__})
