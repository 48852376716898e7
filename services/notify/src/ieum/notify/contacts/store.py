"""Contacts and organisations in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.model import Sealed
from ieum.notify.contacts.domain import Contact, Organisation

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx

# A tombstone stays one: whatever is said of an erased person later does not bring them back.
_SAVE_CONTACTS = """
insert into contact (person, sealed, language, district, sequence, erased_at)
select person, sealed, language, district, sequence, case when sealed is null then $2::timestamptz end
from jsonb_to_recordset($1::jsonb)
  as new (person uuid, sealed jsonb, language text, district text, sequence int)
on conflict (person) do update set sealed = excluded.sealed, language = excluded.language,
  district = excluded.district, sequence = excluded.sequence, erased_at = excluded.erased_at
where contact.sequence < excluded.sequence and contact.erased_at is null"""

_SAVE_ORGANISATIONS = """
insert into organisation (id, name, email, sequence)
select id, name, email, sequence
from jsonb_to_recordset($1::jsonb) as new (id uuid, name text, email text, sequence int)
on conflict (id) do update set name = excluded.name, email = excluded.email, sequence = excluded.sequence
where organisation.sequence < excluded.sequence"""

# A person who was never heard of is acknowledged too: there is nothing, and that is the answer.
_COUNT_ACKNOWLEDGEMENT = """
insert into contact (person, sequence, acknowledgements, erased_at) values ($1, 0, 1, $2)
on conflict (person) do update set acknowledgements = contact.acknowledgements + 1
returning acknowledgements"""

_CONTACTS = "select person, sealed, language, district, sequence from contact where person = any($1)"
_ORGANISATIONS = "select id, name, email, sequence from organisation where id = any($1)"


async def save_contacts(tx: Tx, contacts: Sequence[Contact]) -> None:
    """Insert or replace, unless what is there is newer or erased."""
    rows = [
        {
            "person": str(contact.person),
            "sealed": contact.sealed.model_dump(mode="json") if contact.sealed else None,
            "language": contact.language,
            "district": contact.district,
            "sequence": contact.sequence,
        }
        for contact in contacts
    ]
    await tx.execute(_SAVE_CONTACTS, rows, tx.now)


async def save_organisations(tx: Tx, organisations: Sequence[Organisation]) -> None:
    """Insert or replace, unless what is there is newer."""
    rows = [
        {"id": str(one.id), "name": one.name, "email": one.email, "sequence": one.sequence}
        for one in organisations
    ]
    await tx.execute(_SAVE_ORGANISATIONS, rows)


async def count_acknowledgement(tx: Tx, person: UUID) -> int:
    """The number of this acknowledgement for the person, from 1; locks the row until commit."""
    return int(await tx.fetchval(_COUNT_ACKNOWLEDGEMENT, person, tx.now))


async def contacts(tx: Tx, people: Collection[UUID]) -> dict[UUID, Contact]:
    """What is known of these people."""
    rows = await tx.fetch(_CONTACTS, list(people))
    return {
        row["person"]: Contact(
            row["person"],
            Sealed.model_validate(row["sealed"]) if row["sealed"] else None,
            row["language"],
            row["district"],
            row["sequence"],
        )
        for row in rows
    }


async def organisations(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Organisation]:
    """What is known of these organisations."""
    rows = await tx.fetch(_ORGANISATIONS, list(ids))
    return {row["id"]: Organisation(row["id"], row["name"], row["email"], row["sequence"]) for row in rows}
