"""People in SQL: sealed objects and keyed hashes only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake import LifeStage, RegistrationChannel
from ieum.common.events.model import Sealed
from ieum.intake.people.domain import Acting, Hashes, Language, Likeness, Mandate, Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = """id, contact, profile, district, life_stage, language, agency, owner_hash, sequence,
  registered_at, erased_at, merged_into"""
_INSERT = """
insert into person (id, contact, profile, district, life_stage, language, agency, owner_hash, phone_hash,
  birth_hash, identity_hash, registered_at)
select id, contact, profile, district, life_stage, language, agency, decode(owner_hash, 'hex'),
  decode(phone_hash, 'hex'), decode(birth_hash, 'hex'), decode(identity_hash, 'hex'), $2::timestamptz
from jsonb_to_recordset($1::jsonb) as new (id uuid, contact jsonb, profile jsonb, district text,
  life_stage text, language text, agency text, owner_hash text, phone_hash text, birth_hash text,
  identity_hash text)"""
_INSERT_REGISTRATIONS = """insert into person_registration
  (person, channel, recorded_by, relation, document, seen_on, representative)
select person, channel, recorded_by, relation, document, seen_on, representative
from jsonb_to_recordset($1::jsonb) as new (person uuid, channel text, recorded_by text, relation text,
  document text, seen_on date, representative jsonb)"""
_REGISTRATION = """select channel, recorded_by, relation, document, seen_on, representative
from person_registration where person = $1"""
_FORGET_REPRESENTATIVE = """update person_registration
set relation = null, document = null, seen_on = null, representative = null where person = $1"""
_INSERT_PAIRS = "insert into person_name_pair (pair, person) select * from unnest($1::bytea[], $2::uuid[])"
_INSERT_PARTS = "insert into person_name_part (part, person) select * from unnest($1::bytea[], $2::uuid[])"
_BY_IDS = f"select {_COLUMNS} from person where id = any($1)"
_FIND = f"select {_COLUMNS} from person where id = $1"
# Whoever was merged is acted for under the survivor's row, which alone is locked: survivors come first.
_LOCK_ACTING = f"""select {_COLUMNS}, exists (select from person m where m.merged_into = p.id) as absorbed
from person p where id = coalesce((select merged_into from person where id = $1), $1) for update of p"""
# Each is a look-up of its own, in the order of the ids they act under: as a join it read the whole table.
_LOCK_ALL_ACTING = """with acting as materialized (
  select asked.id as asked, coalesce(own.merged_into, asked.id) as id
  from unnest($1::uuid[]) as asked (id)
  left join lateral (select merged_into from person where id = asked.id limit 1) own on true
  order by 2)
select acting.asked, p.* from acting cross join lateral (
  select p.id, p.agency, p.erased_at, p.merged_into,
    exists (select from person m where m.merged_into = p.id) as absorbed
  from person p where p.id = acting.id for update) p"""
_MERGED_ALL = "select id, merged_into from person where id = any($1)"
_ABSORBED = "select id, merged_into from person where merged_into = any($1)"
_MERGED_INTO = f"select {_COLUMNS} from person where merged_into = $1 order by id"
_MARK_ATTACHED = """update person_merge set attached_at = $2
where survivor = any($1) and attached_at is null and undone_at is null"""
_LIKE = "select person, phone, birth, name from person_like($1, $2)"
_SEARCH = "select id from person_search($1, $2, $3, $4)"
_IDENTITIES = "select identity_hash, id from person_known($1)"
_MEET = """select set_config('ieum.met', array_to_string(array(
  select distinct one from (
    select unnest(string_to_array(nullif(current_setting('ieum.met', true), ''), ',')) as one
    union all select ieum_same_all($1)::text) as met), ','), true)"""
_ENTITLED = "select id from unnest($1::uuid[]) as id where ieum_entitled_to(id) @> '{*}'"
_MERGED = "select merged_into from person where id = $1"
_RECORDERS = "select person, recorded_by from person_registration where person = any($1)"
_UPDATE = """update person set contact = $2, profile = $3, district = $4, life_stage = $5, language = $6,
  phone_hash = $7, birth_hash = $8, identity_hash = $9, sequence = $10
where id = $1"""
_LOCK_LIVE = "select id from person where id = any($1) and erased_at is null order by id for update"
# The owner's hash stays: it tells nothing, and lets the person see how far their erasure is.
_FORGET = """update person set
  contact = case when $2 then null else contact end, phone_hash = null, identity_hash = null,
  profile = case when $3 then null else profile end, birth_hash = null,
  erased_at = coalesce(erased_at, $4)
where id = $1"""
_MOMENTS = """select registered_at, 'registered', id, null, '' from person where id = any($1)
union all select at, 'changed', person, null, sequence::text from person_change where person = any($1)"""


@dataclass(frozen=True)
class PersonRow:
    """A person as stored; `contact` and `profile` are None once erased."""

    id: UUID
    contact: Sealed | None
    profile: Sealed | None
    district: str
    life_stage: LifeStage
    language: Language
    agency: str
    owner_hash: bytes | None
    sequence: int
    registered_at: datetime
    erased_at: datetime | None
    merged_into: UUID | None = None


async def insert(tx: Tx, rows: Sequence[PersonRow], hashes: Sequence[Hashes]) -> None:
    """Insert people and the hashes that find them."""
    await tx.execute(_INSERT, [_values(row, one) for row, one in zip(rows, hashes, strict=True)], tx.now)
    await _insert_names(tx, {row.id: one for row, one in zip(rows, hashes, strict=True)})


@dataclass(frozen=True)
class Registration:
    """How a person was registered; of who spoke for them nothing is left once erased."""

    channel: RegistrationChannel
    recorded_by: str
    mandate: Mandate | None = None
    representative: Sealed | None = None


async def insert_registrations(tx: Tx, made: Mapping[UUID, Registration]) -> None:
    """Keep how these people were registered."""
    rows = [
        {
            "person": str(person),
            "channel": one.channel,
            "recorded_by": one.recorded_by,
            "relation": one.mandate.relation if one.mandate else None,
            "document": one.mandate.document if one.mandate else None,
            "seen_on": one.mandate.seen_on.isoformat() if one.mandate else None,
            "representative": one.representative.model_dump(mode="json") if one.representative else None,
        }
        for person, one in made.items()
    ]
    await tx.execute(_INSERT_REGISTRATIONS, rows)


async def registration(tx: Tx, person: UUID) -> Registration | None:
    """How a person was registered; None for those who came in a file."""
    row = await tx.fetchrow(_REGISTRATION, person)
    if row is None:
        return None
    mandate = Mandate(row["relation"], row["document"], row["seen_on"]) if row["relation"] else None
    sealed = Sealed.model_validate(row["representative"]) if row["representative"] else None
    return Registration(row["channel"], row["recorded_by"], mandate, sealed)


async def recorders(tx: Tx, people: Collection[UUID]) -> dict[UUID, str]:
    """Who entered these people at a window, where it is known."""
    return {row["person"]: row["recorded_by"] for row in await tx.fetch(_RECORDERS, list(people))}


async def find(tx: Tx, person: UUID, *, lock: bool = False) -> PersonRow | None:
    """The person, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), person)
    return _row(row) if row else None


async def by_ids(tx: Tx, ids: Collection[UUID]) -> list[PersonRow]:
    """The rows of these people."""
    return [_row(row) for row in await tx.fetch(_BY_IDS, list(ids))]


async def lock_acting(tx: Tx, person: UUID) -> tuple[PersonRow, bool] | None:
    """The row under which a person acts, locked until commit, and whether others were merged into it."""
    while row := await tx.fetchrow(_LOCK_ACTING, person):
        values = dict(row)
        absorbed = values.pop("absorbed")
        found = _row(values)
        # While we waited for the lock it may have been merged, or the merging undone: look again.
        moved = found.id != person and await tx.fetchval(_MERGED, person) != found.id
        if found.merged_into is None and not moved:
            return found, absorbed
    return None


async def lock_all_acting(tx: Tx, people: Collection[UUID]) -> dict[UUID, Acting]:
    """The same for many, by the ids asked for; locked in the order of their ids."""
    found: dict[UUID, Acting] = {}
    asked = set(people)
    while asked:
        rows = await tx.fetch(_LOCK_ALL_ACTING, list(asked))
        merged = [row["asked"] for row in rows if row["id"] != row["asked"]]
        now = {row["id"]: row["merged_into"] for row in await tx.fetch(_MERGED_ALL, merged)} if merged else {}
        # While we waited for a lock it may have been merged, or the merging undone: look again.
        sure = [
            row
            for row in rows
            if row["merged_into"] is None and now.get(row["asked"], row["id"]) == row["id"]
        ]
        found |= {row["asked"]: Acting(*(row[name] for name in Acting.__slots__)) for row in sure}
        asked = {row["asked"] for row in rows} - found.keys()
    return found


async def absorbed(tx: Tx, survivors: Collection[UUID]) -> dict[UUID, UUID]:
    """Who was merged into one of these, each with the survivor."""
    return {row["id"]: row["merged_into"] for row in await tx.fetch(_ABSORBED, list(survivors))}


async def merged_into(tx: Tx, person: UUID, *, lock: bool = False) -> list[PersonRow]:
    """Who was merged into a person; locked if asked, after the person."""
    return [_row(row) for row in await tx.fetch(_MERGED_INTO + (" for update" if lock else ""), person)]


async def meet(tx: Tx, people: Collection[UUID]) -> None:
    """Say whom the desk has before it, under all their ids: seen until the transaction ends."""
    await tx.execute(_MEET, list(people))


async def entitled_to(tx: Tx, person: UUID) -> frozenset[str]:
    """What the acting agency may see of a person: `*`, or the fields named; none where it may not."""
    return frozenset(await tx.fetchval("select ieum_entitled_to($1)", person))


async def entitled(tx: Tx, people: Collection[UUID]) -> set[UUID]:
    """Of whom of these the acting agency may see everything."""
    return {row["id"] for row in await tx.fetch(_ENTITLED, list(people))}


async def is_known(tx: Tx, person: UUID) -> bool:
    """Whether there is such a person, seen or not."""
    return bool(await tx.fetchval("select ieum_known($1)", person))


async def same(tx: Tx, person: UUID) -> list[UUID]:
    """All ids of one person, the survivor's first."""
    return list(await tx.fetchval("select ieum_same($1)", person))


async def mark_attached(tx: Tx, people: Collection[UUID]) -> None:
    """Note that something new is attached to these: mergings into them can no more be undone."""
    await tx.execute(_MARK_ATTACHED, list(people), tx.now)


async def merge(tx: Tx, person: UUID, into: UUID | None) -> int:
    """Point a person to who they are, or to nobody; gives the sequence of the fact. Locks the row."""
    return int(
        await tx.fetchval(
            "update person set merged_into = $2, sequence = sequence + 1 where id = $1 returning sequence",
            person,
            into,
        )
    )


async def like(tx: Tx, person: UUID, limit: int) -> list[Likeness]:
    """Who else has this person's phone or birth date, and how alike the names are."""
    return [Likeness(**dict(row)) for row in await tx.fetch(_LIKE, person, limit)]


async def search(
    tx: Tx, phone: bytes | None, birth: bytes | None, part: bytes | None, limit: int
) -> list[PersonRow]:
    """Who is not erased and fits all that is given (at least one), the survivors of mergings; met by this."""
    ids = {row["id"] for row in await tx.fetch(_SEARCH, phone, birth, part, limit)}
    await meet(tx, ids)
    return sorted(await by_ids(tx, ids), key=lambda row: (row.registered_at, row.id))[:limit]


async def by_identity(tx: Tx, identities: Collection[bytes]) -> dict[bytes, UUID]:
    """Who is known already, by identity hash; of several the first registered. They are met by this."""
    rows = await tx.fetch(_IDENTITIES, list(identities))
    await meet(tx, {row["id"] for row in rows})
    return {row["identity_hash"]: row["id"] for row in rows}


async def lock_live(tx: Tx, people: Collection[UUID]) -> set[UUID]:
    """Who of these is not erased; their rows are locked until commit."""
    return {row["id"] for row in await tx.fetch(_LOCK_LIVE, list(people))}


async def next_sequence(tx: Tx, person: UUID) -> int:
    """Count one more fact about the person; locks the row."""
    return int(
        await tx.fetchval(
            "update person set sequence = sequence + 1 where id = $1 returning sequence", person
        )
    )


async def update(tx: Tx, row: PersonRow, hashes: Hashes) -> None:
    """Write a person anew, and the hashes that find them."""
    sealed = [one.model_dump(mode="json") if one else None for one in (row.contact, row.profile)]
    found = (hashes.phone, hashes.birth, hashes.identity)
    await tx.execute(
        _UPDATE, row.id, *sealed, row.district, row.life_stage, row.language, *found, row.sequence
    )
    await _delete_names(tx, row.id)
    await _insert_names(tx, {row.id: hashes})


async def note_change(tx: Tx, row: PersonRow) -> None:
    """Note when what is known of a person was changed."""
    await tx.execute("insert into person_change values ($1, $2, $3)", row.id, row.sequence, tx.now)


async def forget(tx: Tx, person: UUID, *, contact: bool, profile: bool) -> None:
    """Drop the sealed objects named, every hash that could find the person, and when they changed what."""
    await _delete_names(tx, person)
    await tx.execute(_FORGET, person, contact, profile, tx.now)
    await tx.execute(_FORGET_REPRESENTATIVE, person)
    await tx.execute("delete from person_change where person = $1", person)


async def _insert_names(tx: Tx, hashes: Mapping[UUID, Hashes]) -> None:
    pairs = [(pair, person) for person, one in hashes.items() for pair in one.name_pairs]
    parts = [(part, person) for person, one in hashes.items() for part in one.name_parts]
    for statement, found in ((_INSERT_PAIRS, pairs), (_INSERT_PARTS, parts)):
        await tx.execute(statement, [hashed for hashed, _ in found], [person for _, person in found])


async def _delete_names(tx: Tx, person: UUID) -> None:
    await tx.execute("delete from person_name_pair where person = $1", person)
    await tx.execute("delete from person_name_part where person = $1", person)


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When these people were registered and what is known of them changed."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]


def _values(row: PersonRow, hashes: Hashes) -> dict[str, Any]:
    found = {"phone_hash": hashes.phone, "birth_hash": hashes.birth, "identity_hash": hashes.identity}
    found["owner_hash"] = row.owner_hash
    return {
        "id": str(row.id),
        "contact": row.contact.model_dump(mode="json") if row.contact else None,
        "profile": row.profile.model_dump(mode="json") if row.profile else None,
        "district": row.district,
        "life_stage": row.life_stage,
        "language": row.language,
        "agency": row.agency,
        **{name: value.hex() if value else None for name, value in found.items()},
    }


def _row(row: Any) -> PersonRow:
    values = dict(row)
    for name in ("contact", "profile"):
        values[name] = Sealed.model_validate(values[name]) if values[name] else None
    return PersonRow(**values)
