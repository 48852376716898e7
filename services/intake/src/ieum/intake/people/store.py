"""People in SQL: sealed objects and keyed hashes only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake import LifeStage
from ieum.common.events.model import Sealed
from ieum.intake.people.domain import Hashes, Language

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
_INSERT_PAIRS = "insert into person_name_pair (pair, person) select * from unnest($1::bytea[], $2::uuid[])"
_FIND = f"select {_COLUMNS} from person where id = $1"
# Each condition holds where its parameter is null; the caller gives at least one.
_SEARCH = f"""select {_COLUMNS} from person
where erased_at is null
  and ($1::bytea is null or phone_hash = $1) and ($2::bytea is null or birth_hash = $2)
  and (cardinality($3::bytea[]) = 0 or id in (select person from person_name_pair
    where pair = any($3) group by person having count(*) = cardinality($3)))
order by registered_at, id limit $4"""
_IDENTITIES = """select distinct on (identity_hash) identity_hash, id from person
where identity_hash = any($1) and erased_at is null order by identity_hash, registered_at, id"""
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
    pairs = [(pair, row.id) for row, one in zip(rows, hashes, strict=True) for pair in one.name_pairs]
    await tx.execute(_INSERT_PAIRS, [pair for pair, _ in pairs], [person for _, person in pairs])


async def find(tx: Tx, person: UUID, *, lock: bool = False) -> PersonRow | None:
    """The person, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), person)
    return _row(row) if row else None


async def search(
    tx: Tx, phone: bytes | None, birth: bytes | None, pairs: Sequence[bytes], limit: int
) -> list[PersonRow]:
    """Who is not erased and fits all that is given."""
    return [_row(row) for row in await tx.fetch(_SEARCH, phone, birth, list(pairs), limit)]


async def by_identity(tx: Tx, identities: Collection[bytes]) -> dict[bytes, UUID]:
    """Who is known already, by identity hash; the first registered where several are."""
    rows = await tx.fetch(_IDENTITIES, list(identities))
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
    await tx.execute("delete from person_name_pair where person = $1", row.id)
    await tx.execute(_INSERT_PAIRS, list(hashes.name_pairs), [row.id] * len(hashes.name_pairs))


async def forget(tx: Tx, person: UUID, *, contact: bool, profile: bool) -> None:
    """Drop the sealed objects named, and every hash by which the person could be found."""
    await tx.execute("delete from person_name_pair where person = $1", person)
    await tx.execute(_FORGET, person, contact, profile, tx.now)


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
