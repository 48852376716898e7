"""The market in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ieum.common.events.matching import Suggestion
from ieum.common.events.model import Sealed
from ieum.common.events.programme import Programme
from ieum.matching.markets.domain import Application, Asking, Changed, Opening, Organisation, Person, Ranking

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from ieum.common.postgres import Tx

# A tombstone stays one: whatever is said of an erased person later does not bring them back.
_SAVE_PEOPLE = """
insert into person (id, district, sealed, sequence, erased_at)
select id, district, sealed, sequence, case when sealed is null then $2::timestamptz end
from jsonb_to_recordset($1::jsonb) as new (id uuid, district text, sealed jsonb, sequence int)
on conflict (id) do update set district = excluded.district, sealed = excluded.sealed,
  sequence = excluded.sequence, erased_at = excluded.erased_at
where person.sequence < excluded.sequence and person.erased_at is null"""

# A person who was never heard of is acknowledged too: there is nothing, and that is the answer.
_COUNT_ACKNOWLEDGEMENT = """
insert into person (id, sequence, acknowledgements) values ($1, 0, 1)
on conflict (id) do update set acknowledgements = person.acknowledgements + 1
returning acknowledgements"""

_SAVE_ORGANISATIONS = """
insert into organisation (id, name, sequence)
select id, name, sequence from jsonb_to_recordset($1::jsonb) as new (id uuid, name text, sequence int)
on conflict (id) do update set name = excluded.name, sequence = excluded.sequence
where organisation.sequence < excluded.sequence"""

_SAVE_PROGRAMMES = """
insert into programme (id, version, definition)
select id, version, definition
from jsonb_to_recordset($1::jsonb) as new (id text, version int, definition jsonb)
on conflict do nothing"""

_SAVE_OPENINGS = """
insert into opening
  (id, programme, organisation, code, title, capacity, district, field, skills, sequence, working_times)
select id, programme, organisation, code, title, capacity, district, field,
  array(select jsonb_array_elements_text(skills)), sequence,
  array(select jsonb_array_elements_text(working_times))
from jsonb_to_recordset($1::jsonb) as new (id uuid, programme text, organisation uuid, code text,
  title text, capacity int, district text, field text, skills jsonb, sequence int, working_times jsonb)
on conflict (id) do update set programme = excluded.programme, organisation = excluded.organisation,
  code = excluded.code, title = excluded.title, capacity = excluded.capacity,
  district = excluded.district, field = excluded.field, skills = excluded.skills,
  sequence = excluded.sequence, working_times = excluded.working_times
where opening.sequence < excluded.sequence"""

_REVISION = "select revision, removed from opening_revision where programme = $1"
_OPENINGS_SINCE = "select * from opening where programme = $1 and revision > $2"

# Whoever was erased before their application came is not waited for; what was forgotten by then stays so.
_SAVE_APPLICATIONS = """
insert into application
  (id, person, programme, programme_version, choices, submitted_at, state, sequence, told_at)
select new.id, new.person, programme, programme_version,
  case when p.applications_forgotten_until >= new.told_at then '{}'
    else array(select value::uuid from jsonb_array_elements_text(choices) as each (value)) end,
  submitted_at,
  case when p.erased_at is not null or p.applications_forgotten_until >= new.told_at
    then 'erased' else 'waiting' end,
  new.sequence, new.told_at
from jsonb_to_recordset($1::jsonb) as new (id uuid, person uuid, programme text,
  programme_version int, choices jsonb, submitted_at timestamptz, sequence int, told_at timestamptz)
left join person p on p.id = new.person
on conflict (id) do nothing"""

# What is placed already stays placed: intake takes no change then, and the one that crossed is too late.
_CHANGE = """
update application a set state = 'waiting', sequence = new.sequence, scores = '{}', suggestions = '[]',
  failed_rules = '{}',
  choices = array(select value::uuid from jsonb_array_elements_text(new.choices) as each (value))
from jsonb_to_recordset($1::jsonb) as new (id uuid, choices jsonb, sequence int)
where a.id = new.id and a.sequence < new.sequence and a.state in ('waiting', 'ranked', 'ineligible')"""

_WITHDRAW = """
update application set state = 'withdrawn'
where id = any($1) and state in ('waiting', 'ranked', 'ineligible') returning id"""

# Kept for what comes late; a person who was never heard of, too.
_FORGOTTEN = """
insert into person (id, sequence, applications_forgotten_until)
select id, 0, max(at) from unnest($1::uuid[], $2::timestamptz[]) as new (id, at) group by id
on conflict (id) do update set applications_forgotten_until =
  greatest(person.applications_forgotten_until, excluded.applications_forgotten_until)"""

_FORGET_APPLICATIONS = """
update application a set state = 'erased', explanation = null, choices = '{}', scores = '{}',
  suggestions = '[]', failed_rules = '{}'
from person p
where p.id = a.person and p.id = any($1)
  and coalesce(a.told_at, '-infinity') <= p.applications_forgotten_until"""

_WITHOUT_PROFILE = """
update application set state = 'erased'
where person = any($1) and state = 'waiting'"""

_RECORD = """
update application a set state = new.state, suggestions = new.suggestions,
  scores = array(select value::int from jsonb_array_elements_text(new.scores) as each (value)),
  failed_rules = array(select jsonb_array_elements_text(new.failed_rules))
from jsonb_to_recordset($1::jsonb)
  as new (id uuid, state text, scores jsonb, failed_rules jsonb, suggestions jsonb)
where a.id = new.id and a.state = 'waiting'"""

_TELL = """
update application a set version = a.version + 1, explanation = new.explanation
from jsonb_to_recordset($1::jsonb) as new (id uuid, explanation jsonb)
where a.id = new.id returning a.id, a.version"""

_COUNT = "update application set version = version + 1 where id = $1 returning version"

# Ready: all that its ranking asks for is there. Somebody else who is at it does it: skip what is locked.
_READY = """
select a.* from application a
where a.state = 'waiting' and (a.id = any($1) or $1 is null)
  and exists (select from person p where p.id = a.person and p.sealed is not null)
  and exists (select from programme r where r.id = a.programme and r.version = a.programme_version)
  and not exists (
    select from unnest(a.choices) as c (id)
    where not exists (select from opening o where o.id = c.id and o.programme = a.programme))
order by a.submitted_at, a.id limit $2 for update of a skip locked"""

_AWAITING_PEOPLE = "select id from application where state = 'waiting' and person = any($1)"
_AWAITING_PROGRAMMES = "select id from application where state = 'waiting' and programme = any($1)"

_PEOPLE = "select id, district, sealed, sequence from person where id = any($1)"
_PROGRAMME = "select definition from programme where id = $1 and version = $2"
_AGENCY = "select definition ->> 'agency' from programme where id = $1 order by version desc limit 1"
_NEWEST_PROGRAMME = "select definition from programme where id = $1 order by version desc limit 1"
_OPENINGS = "select * from opening where programme = $1 order by id"
_SOME_OPENINGS = "select * from opening where id = any($1)"
_ORGANISATIONS = "select id, name from organisation where id = any($1)"
_APPLICATIONS = "select * from application where id = any($1) order by submitted_at, id"

# One application a person: the newest, if there are several.
_LIVE = """
select id, person, choices, scores from (
  select distinct on (a.person) a.id, a.person, a.choices, a.scores, a.submitted_at
  from application a join person p on p.id = a.person
  where a.programme = $1 and a.state = 'ranked' and p.erased_at is null
  order by a.person, a.submitted_at desc, a.id) as newest
order by submitted_at, id"""

_SEALED = """
select id, sealed->>'alg' as alg, sealed->>'kid' as kid, (sealed->>'context')::uuid as context,
  decode(sealed->>'ciphertext', 'base64') as ciphertext
from person where id = any($1) and sealed is not null"""


async def save_people(tx: Tx, people: Sequence[Person]) -> None:
    """Insert or replace, unless what is there is newer or erased."""
    rows = [
        {
            "id": str(one.id),
            "district": one.district,
            "sealed": one.sealed.model_dump(mode="json") if one.sealed else None,
            "sequence": one.sequence,
        }
        for one in people
    ]
    await tx.execute(_SAVE_PEOPLE, rows, tx.now)


async def count_acknowledgement(tx: Tx, person: UUID) -> int:
    """The number of this acknowledgement for the person, from 1; locks the row until commit."""
    return int(await tx.fetchval(_COUNT_ACKNOWLEDGEMENT, person))


async def save_organisations(tx: Tx, organisations: Sequence[Organisation]) -> None:
    """Insert or replace, unless what is there is newer."""
    rows = [{"id": str(one.id), "name": one.name, "sequence": one.sequence} for one in organisations]
    await tx.execute(_SAVE_ORGANISATIONS, rows)


async def save_programmes(tx: Tx, programmes: Sequence[Programme]) -> None:
    """Insert versions that are new."""
    rows = [
        {"id": one.id, "version": one.version, "definition": one.model_dump(mode="json")}
        for one in programmes
    ]
    await tx.execute(_SAVE_PROGRAMMES, rows)


async def save_openings(tx: Tx, openings: Sequence[Opening]) -> None:
    """Insert or replace, unless what is there is newer."""
    rows = [{name: _plain(getattr(one, name)) for name in Opening.__slots__} for one in openings]
    await tx.execute(_SAVE_OPENINGS, rows)


async def save_applications(tx: Tx, applications: Sequence[Application]) -> None:
    """Insert those that are new."""
    names = ("id", "person", "programme", "programme_version", "choices", "submitted_at", "sequence",
             "told_at")  # fmt: skip
    rows = [{name: _plain(getattr(one, name)) for name in names} for one in applications]
    await tx.execute(_SAVE_APPLICATIONS, rows)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return value if isinstance(value, int | str) else str(value)


async def change_applications(tx: Tx, changes: Sequence[Changed]) -> None:
    """Replace choices; these applications wait for their ranking again."""
    rows = [{name: _plain(getattr(one, name)) for name in Changed.__slots__} for one in changes]
    await tx.execute(_CHANGE, rows)


async def withdraw(tx: Tx, applications: Collection[UUID]) -> None:
    """Mark them withdrawn."""
    await tx.fetch(_WITHDRAW, list(applications))


async def forget_applications(tx: Tx, people: Sequence[UUID], at: Sequence[datetime]) -> None:
    """Drop what these people's applications held until then, explanations and choices."""
    if people:
        await tx.execute(_FORGOTTEN, people, at)
        await tx.execute(_FORGET_APPLICATIONS, people)


async def end_without_profile(tx: Tx, people: Collection[UUID]) -> None:
    """End the applications that wait for what will never come again."""
    await tx.execute(_WITHOUT_PROFILE, list(people))


async def ready(tx: Tx, applications: Collection[UUID] | None, limit: int) -> list[Application]:
    """Lock and give those that wait and may be ranked now, oldest first; None: of all."""
    wanted = None if applications is None else list(applications)
    return [_application(row) for row in await tx.fetch(_READY, wanted, limit)]


async def record(tx: Tx, rankings: Sequence[Ranking]) -> None:
    """Write what was decided on arrival."""
    rows = [
        {
            "id": str(one.application),
            "state": one.state,
            "scores": one.scores,
            "failed_rules": one.failed_rules,
            "suggestions": [suggestion.model_dump(mode="json") for suggestion in one.suggestions],
        }
        for one in rankings
    ]
    await tx.execute(_RECORD, rows)


async def tell(tx: Tx, explanations: Mapping[UUID, Sealed | None]) -> dict[UUID, int]:
    """Replace explanations, by application; gives the number of the fact that tells of each."""
    rows = [
        {"id": str(id_), "explanation": sealed.model_dump(mode="json") if sealed else None}
        for id_, sealed in explanations.items()
    ]
    return {row["id"]: row["version"] for row in await tx.fetch(_TELL, rows)}


async def count(tx: Tx, id_: UUID) -> int:
    """Lock an application and count a fact about it; gives its sequence."""
    return int(await tx.fetchval(_COUNT, id_))


async def awaiting_people(tx: Tx, people: Collection[UUID]) -> list[UUID]:
    """Applications of these people that wait for facts."""
    return [row["id"] for row in await tx.fetch(_AWAITING_PEOPLE, list(people))]


async def awaiting_programmes(tx: Tx, programmes: Collection[str]) -> list[UUID]:
    """Applications to these programmes that wait for facts."""
    return [row["id"] for row in await tx.fetch(_AWAITING_PROGRAMMES, list(programmes))]


async def people(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Person]:
    """What is known of these people."""
    rows = await tx.fetch(_PEOPLE, list(ids))
    return {
        row["id"]: Person(
            row["id"],
            row["district"],
            Sealed.model_validate(row["sealed"]) if row["sealed"] else None,
            row["sequence"],
        )
        for row in rows
    }


async def agency(tx: Tx, programme: str) -> str | None:
    """The agency that runs a programme now."""
    found: str | None = await tx.fetchval(_AGENCY, programme)
    return found


async def programme(tx: Tx, id_: str, version: int | None) -> Programme | None:
    """A version of a programme; None: its newest."""
    if version is None:
        definition = await tx.fetchval(_NEWEST_PROGRAMME, id_)
    else:
        definition = await tx.fetchval(_PROGRAMME, id_, version)
    return Programme.model_validate(definition) if definition else None


async def openings_of(tx: Tx, programme_id: str) -> list[Opening]:
    """A programme's openings, by id."""
    return [_opening(row) for row in await tx.fetch(_OPENINGS, programme_id)]


async def revision(tx: Tx, programme_id: str) -> tuple[int, int]:
    """How often a programme's openings changed, and at which change one was last removed."""
    row = await tx.fetchrow(_REVISION, programme_id)
    return (row["revision"], row["removed"]) if row else (0, 0)


async def openings_since(tx: Tx, programme_id: str, revision: int) -> list[Opening]:
    """Those of a programme's openings that were written after a revision."""
    return [_opening(row) for row in await tx.fetch(_OPENINGS_SINCE, programme_id, revision)]


async def openings(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Opening]:
    """These openings, as far as they are known."""
    return {row["id"]: _opening(row) for row in await tx.fetch(_SOME_OPENINGS, list(ids))}


async def names(tx: Tx, organisations: Collection[UUID]) -> dict[UUID, str]:
    """The names of these organisations, as far as they are known."""
    return {row["id"]: row["name"] for row in await tx.fetch(_ORGANISATIONS, list(organisations))}


async def applications(tx: Tx, ids: Collection[UUID]) -> list[Application]:
    """These applications, oldest first."""
    return [_application(row) for row in await tx.fetch(_APPLICATIONS, list(ids))]


async def live(tx: Tx, programme_id: str) -> list[Asking]:
    """The eligible live applications to a programme, oldest first, one a person."""
    rows = await tx.fetch(_LIVE, programme_id)
    return [Asking(id_, person, tuple(choices), tuple(scores)) for id_, person, choices, scores in rows]


async def sealed(tx: Tx, people: Collection[UUID]) -> dict[UUID, Sealed]:
    """The sealed profiles of these people; who was erased has none."""
    rows = await tx.fetch(_SEALED, list(people))
    return {
        id_: Sealed.model_construct(alg=alg, kid=kid, context=context, ciphertext=ciphertext)
        for id_, alg, kid, context, ciphertext in rows
    }


def _opening(row: Any) -> Opening:
    lists = {name: tuple(row[name]) for name in ("skills", "working_times")}
    return Opening(**{name: row[name] for name in Opening.__slots__} | lists)


def _application(row: Any) -> Application:
    made: dict[str, Any] = {
        "choices": tuple(row["choices"]),
        "scores": tuple(row["scores"]),
        "failed_rules": tuple(row["failed_rules"]),
        "suggestions": tuple(map(Suggestion.model_validate, row["suggestions"])),
        "explanation": Sealed.model_validate(row["explanation"]) if row["explanation"] else None,
    }
    return Application(**{name: row[name] for name in Application.__slots__ if name not in made}, **made)
