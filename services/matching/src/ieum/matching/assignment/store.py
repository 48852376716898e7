"""Workers, whom they have, and what waits for one, in SQL."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from ieum.common.events.model import PrivateData
from ieum.matching.assignment.domain import Role, State, Weights, Worker

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ieum.common.postgres import Tx

_FIELDS = """id, role, agency, person, match, case_id, district, needs, state, worker, proposed, why, version,
  requested_at, decided_by, decided_name, decided_at, reason"""

_SAVE_WORKER = """
insert into worker (id, agency, roles, fields, languages, districts, capacity, active)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (id) do update set roles = excluded.roles, fields = excluded.fields,
  languages = excluded.languages, districts = excluded.districts, capacity = excluded.capacity,
  active = excluded.active
where worker.agency = excluded.agency
returning true"""
# Other roles' proposals hold a place, too; those of the role that is being computed are open again.
_WORKERS = """
select w.*, (select count(*)::int from assignment a where a.worker = w.id
  and (a.state = 'confirmed' or a.state = 'proposed' and a.role is distinct from $3)) as load
from worker w where w.agency = $1 and ($2::text is null or $2 = any(w.roles) and w.active)
order by w.id"""
_LOCK_WORKERS = "select 1 from worker where id = any($1) order by id for update"
_WORKERS_OF_AGENCY = "select id from worker where agency = $1"
_CASE_WORKERS = "select id, agency from worker where id = any($1) and active and 'case-worker' = any(roles)"
_RETIRE = "update worker set active = false where id = any($1)"
_HELD = "select count(*)::int from assignment where worker = $1 and state in ('proposed', 'confirmed')"

_INSERT = """
insert into assignment (id, role, agency, person, match, case_id, district, needs, state, requested_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9) on conflict do nothing returning true"""
_FIND = f"select {_FIELDS} from assignment where id = $1 and agency = $2"
_OF_AGENCY = f"""
select {_FIELDS} from assignment where agency = $1 and ($2::text is null or role = $2)
  and ($3::text is null or state = $3) and ($4::uuid is null or id > $4) order by id limit $5"""
_WAITING = f"""
select {_FIELDS} from assignment where agency = $1 and role = $2 and state in ('open', 'proposed')
order by id"""
_OF_WORKERS = f"""
select {_FIELDS} from assignment where worker = any($1) and state in ('proposed', 'confirmed') order by id
for update"""
_OF_PEOPLE = f"""
select {_FIELDS} from assignment where person = any($1) order by id for update"""
_OF_CASES = f"""
select {_FIELDS} from assignment where case_id = any($1) and state <> 'ended' order by id for update"""
_CASE_KNOWN = """
select person, district from assignment where case_id = $1 and agency = $2 and role = 'case-worker'
order by id desc limit 1"""
_SAVE = """
update assignment a set state = n.state, worker = n.worker, proposed = n.proposed, why = n.why,
  version = n.version, decided_by = n.decided_by, decided_name = n.decided_name, decided_at = n.decided_at,
  reason = n.reason, needs = case when n.state = 'ended' then null else a.needs end
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::int[], $7::text[], $8::text[],
  $9::timestamptz[], $10::text[])
  as n (id, state, worker, proposed, why, version, decided_by, decided_name, decided_at, reason)
where a.id = n.id"""
_MOVE_CASES = """
update assignment a set district = n.district
from unnest($1::uuid[], $2::text[]) as n (id, district) where a.id = n.id"""

_REMEMBER = """
insert into worker_before (person, worker)
select person, worker from unnest($1::uuid[], $2::text[]) as n (person, worker)
where not exists (select from person p where p.id = n.person and p.erased_at is not null)
order by person, worker on conflict do nothing"""
_LOCK_PEOPLE = "select 1 from person where id = any($1) order by id for share"
_BEFORE = "select person, worker from worker_before where person = any($1)"
_FORGET = "delete from worker_before where person = any($1)"
_FORGET_ASSIGNMENTS = "delete from assignment where person = any($1)"

_WEIGHTS = "select weights from assignment_weights where agency = $1 and role = $2"
_SAVE_WEIGHTS = """
insert into assignment_weights (agency, role, weights) values ($1, $2, $3)
on conflict (agency, role) do update set weights = excluded.weights"""


@dataclass(frozen=True, slots=True)
class Profile:
    """A worker as their agency describes them, and how many they have."""

    worker: Worker
    roles: tuple[Role, ...]
    active: bool


class Needs(PrivateData):
    """Record class `profile`: the field of counselling, and the language, in which somebody is needed."""

    record_class: ClassVar[str] = "profile"
    field: str | None = None
    language: str = "ko"


class Why(PrivateData):
    """Record class `profile`: why it is this worker, or nobody, in sentences for staff."""

    record_class: ClassVar[str] = "profile"
    ko: str
    en: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody who needs a worker, and who that is. `needs` is sealed, and `why` where there are needs."""

    id: UUID
    role: Role
    agency: str
    person: UUID | None
    match: UUID | None
    case_id: UUID | None
    district: str | None
    needs: dict[str, Any] | None
    state: State
    worker: str | None
    proposed: str | None
    why: dict[str, Any] | None
    version: int
    requested_at: datetime
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    reason: str | None


async def save_worker(tx: Tx, agency: str, profile: Profile) -> bool:
    """Keep a worker as described; False where the account is another agency's."""
    one = profile.worker
    return bool(
        await tx.fetchval(
            _SAVE_WORKER,
            one.id,
            agency,
            list(profile.roles),
            dict(one.fields),
            sorted(one.languages),
            sorted(one.districts),
            one.capacity,
            profile.active,
        )
    )


async def profiles(tx: Tx, agency: str, role: Role | None = None) -> list[Profile]:
    """An agency's workers by id; of a role: those who are active, without the load of its open proposals."""
    rows = await tx.fetch(_WORKERS, agency, role, role)
    return [Profile(_worker(row), tuple(row["roles"]), row["active"]) for row in rows]


def _worker(row: Any) -> Worker:
    return Worker(
        id=row["id"],
        fields=row["fields"],
        languages=frozenset(row["languages"]),
        districts=frozenset(row["districts"]),
        capacity=row["capacity"],
        load=row["load"],
    )


async def lock_workers(tx: Tx, agency: str) -> None:
    """Lock an agency's workers: whoever gives one of them something does so in turns."""
    rows = await tx.fetch(_WORKERS_OF_AGENCY, agency)
    await tx.fetch(_LOCK_WORKERS, [row["id"] for row in rows])


async def held(tx: Tx, worker: str) -> int:
    """How many a worker has, proposals included."""
    return int(await tx.fetchval(_HELD, worker))


async def case_workers(tx: Tx, accounts: Collection[str]) -> set[tuple[str, str]]:
    """Account and agency of those of these who are active case workers."""
    rows = await tx.fetch(_CASE_WORKERS, list(accounts))
    return {(row["id"], row["agency"]) for row in rows}


async def retire(tx: Tx, accounts: Collection[str]) -> None:
    """These work here no more."""
    await tx.execute(_RETIRE, list(accounts))


async def insert(tx: Tx, one: Assignment) -> bool:
    """Insert an open one; False where the case or match has one of that role already."""
    return bool(
        await tx.fetchval(
            _INSERT,
            one.id,
            one.role,
            one.agency,
            one.person,
            one.match,
            one.case_id,
            one.district,
            one.needs,
            one.requested_at,
        )
    )


async def find(tx: Tx, id_: UUID, agency: str, *, lock: bool = False) -> Assignment | None:
    """One of an agency's."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_, agency)
    return _assignment(row) if row else None


async def page(
    tx: Tx, agency: str, role: Role | None, state: State | None, after: UUID | None, limit: int
) -> list[Assignment]:
    """Those of an agency by id."""
    return [_assignment(row) for row in await tx.fetch(_OF_AGENCY, agency, role, state, after, limit)]


async def waiting(tx: Tx, agency: str, role: Role, *, lock: bool = False) -> list[Assignment]:
    """Those of which nobody decided yet, by id."""
    rows = await tx.fetch(_WAITING + (" for update" if lock else ""), agency, role)
    return [_assignment(row) for row in rows]


async def of_workers(tx: Tx, accounts: Collection[str]) -> list[Assignment]:
    """Lock what these have."""
    return [_assignment(row) for row in await tx.fetch(_OF_WORKERS, list(accounts))]


async def of_people(tx: Tx, people: Collection[UUID]) -> list[Assignment]:
    """Lock all that is about these people."""
    return [_assignment(row) for row in await tx.fetch(_OF_PEOPLE, list(people))]


async def of_cases(tx: Tx, cases: Collection[UUID]) -> list[Assignment]:
    """Lock what belongs to these cases and has not ended."""
    return [_assignment(row) for row in await tx.fetch(_OF_CASES, list(cases))]


async def case_known(tx: Tx, case: UUID, agency: str) -> tuple[UUID | None, str | None] | None:
    """Person and district of an agency's case; None where it is not known."""
    row = await tx.fetchrow(_CASE_KNOWN, case, agency)
    return (row["person"], row["district"]) if row else None


async def save(tx: Tx, changed: Sequence[Assignment]) -> None:
    """Keep how these stand now."""
    await tx.execute(
        _SAVE,
        [one.id for one in changed],
        [one.state for one in changed],
        [one.worker for one in changed],
        [one.proposed for one in changed],
        [one.why for one in changed],
        [one.version for one in changed],
        [one.decided_by for one in changed],
        [one.decided_name for one in changed],
        [one.decided_at for one in changed],
        [one.reason for one in changed],
    )


async def move(tx: Tx, changed: Sequence[Assignment]) -> None:
    """Keep in which districts these are now."""
    await tx.execute(_MOVE_CASES, [one.id for one in changed], [one.district for one in changed])


async def lock_people(tx: Tx, people: Collection[UUID]) -> None:
    """Whoever erases these waits, and the other way round. Locked after workers and before assignments."""
    await tx.fetch(_LOCK_PEOPLE, list(people))


async def remember(tx: Tx, pairs: Collection[tuple[UUID, str]]) -> None:
    """Keep that a person had a worker; not of whom was erased."""
    people = [person for person, _ in pairs]
    await lock_people(tx, people)
    await tx.execute(_REMEMBER, people, [worker for _, worker in pairs])


async def before(tx: Tx, people: Collection[UUID]) -> dict[UUID, set[str]]:
    """Whom these people had."""
    found: dict[UUID, set[str]] = {}
    for row in await tx.fetch(_BEFORE, list(people)):
        found.setdefault(row["person"], set()).add(row["worker"])
    return found


async def forget(tx: Tx, people: Collection[UUID]) -> None:
    """Nothing stays that is about these people."""
    await tx.execute(_FORGET, list(people))
    await tx.execute(_FORGET_ASSIGNMENTS, list(people))


async def weights(tx: Tx, agency: str, role: Role) -> Weights:
    """What an agency set for a role, or what holds without it."""
    said = await tx.fetchval(_WEIGHTS, agency, role)
    return Weights(**said) if said else Weights()


async def save_weights(tx: Tx, agency: str, role: Role, set_: Weights) -> None:
    """Keep what an agency sets for a role."""
    await tx.execute(_SAVE_WEIGHTS, agency, role, asdict(set_))


def _assignment(row: Any) -> Assignment:
    return Assignment(**{name: row[name] for name in Assignment.__slots__})
