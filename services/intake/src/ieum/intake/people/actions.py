"""Registering people, finding them, and opening what is sealed of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import PersonContact, PersonProfile, PersonRegistered
from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.privacy.keys import kid_of
from ieum.common.privacy.objects import seal
from ieum.common.privacy.search import SearchKey
from ieum.common.service.city import City
from ieum.intake.people import domain, store
from ieum.intake.people.domain import RECORD_CLASSES, NewPerson
from ieum.intake.people.keys import IssuedKeys

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.people.store import PersonRow

SEARCH_MAX = 50


@dataclass(frozen=True)
class Desk:
    """What use cases need beside a transaction."""

    city: City
    search: SearchKey
    keys: IssuedKeys


async def register(tx: Tx, desk: Desk, people: Sequence[NewPerson]) -> list[UUID]:
    """Register people in the order given: keys, sealed rows, hashes and one event each. Set-based."""
    ids = [new_id(tx.now) for _ in people]
    # The rows come before the keys that refer to them, and cannot be sealed before the keys are there.
    keyed = await _seal(tx, desk, ids, people)
    for row, person in zip(keyed, people, strict=True):
        data = PersonRegistered(
            district=person.district,
            life_stage=domain.life_stage(person.profile.birth_date, korean_date(tx.now)),
            language="en" if person.language == "en" else "ko",
            agency=row.agency,
            basis=desk.city.retention_of("profile").basis_article,
        )
        tx.publish(data, subject=row.id, sequence=1, person=row.id, private=[person.contact, person.profile])
    return ids


async def known(tx: Tx, desk: Desk, people: Sequence[NewPerson]) -> Mapping[bytes, UUID]:
    """Who of these is registered already, by `identity` hash."""
    return await store.by_identity(tx, {identity(desk, person) for person in people})


def identity(desk: Desk, person: NewPerson) -> bytes:
    """The keyed hash of name, birth date and phone together."""
    return domain.hashes(desk.search, person).identity


async def shown(tx: Tx, desk: Desk, person: UUID) -> PersonRow:
    """A person whom the actor may see; raises Refusal 404 `person-unknown`."""
    row = await store.find(tx, person)
    if row is None or not _may_see(tx, desk, row):
        raise _unknown(404)
    return row


async def lock_live(tx: Tx, desk: Desk, person: UUID) -> PersonRow:
    """A person who can act now, locked until commit; raises Refusal `person-unknown` or `person-erased`."""
    row = await store.find(tx, person, lock=True)
    if row is None or not _may_see(tx, desk, row):
        raise _unknown(422)
    if row.erased_at:
        raise Refusal(
            "person-erased",
            ko="파기를 요청하신 분입니다. 새로 등록해 주시기 바랍니다.",
            en="This person asked to be forgotten. Please register anew.",
            pointer="/person",
        )
    return row


async def reveal(
    tx: Tx, row: PersonRow, *, reason: str
) -> tuple[PersonContact | None, PersonProfile | None]:
    """Open both objects for a person's eyes; each access is recorded in this transaction."""
    contact = await tx.reveal(row.contact, PersonContact, reason=reason) if row.contact else None
    profile = await tx.reveal(row.profile, PersonProfile, reason=reason) if row.profile else None
    return contact, profile


async def find(
    tx: Tx, desk: Desk, *, phone: str | None, birth_date: date | None, name: str | None
) -> list[PersonRow]:
    """Who fits all that is given (at least one), at most SEARCH_MAX; `name` may be a part of a name."""
    return await store.search(
        tx,
        domain.phone_hash(desk.search, phone) if phone else None,
        domain.birth_hash(desk.search, birth_date) if birth_date else None,
        domain.name_pairs(desk.search, name) if name else [],
        SEARCH_MAX,
    )


async def erase(tx: Tx, desk: Desk, person: UUID, record_classes: Collection[str]) -> int:
    """Destroy the keys of these classes, and what this feature holds of them; gives the fact's sequence."""
    await desk.keys.destroy(tx, [person], record_classes)
    await store.forget(tx, person, contact="contact" in record_classes, profile="profile" in record_classes)
    return await store.next_sequence(tx, person)


async def _seal(tx: Tx, desk: Desk, ids: Sequence[UUID], people: Sequence[NewPerson]) -> list[PersonRow]:
    hashes = [domain.hashes(desk.search, person) for person in people]
    await store.insert(tx, [_row(tx, desk, *pair) for pair in zip(ids, people, strict=True)], hashes)
    await desk.keys.issue(tx, ids, RECORD_CLASSES)
    keys = await tx.fetch_keys([kid_of(person, name) for person in ids for name in ("contact", "profile")])

    def sealed(id_: UUID, private: PersonContact | PersonProfile) -> Sealed:
        kid = kid_of(id_, private.record_class)
        return seal(private, keys[kid], kid, id_)

    rows = [_row(tx, desk, *pair) for pair in zip(ids, people, strict=True)]
    await store.put_sealed(tx, {i: (sealed(i, p.contact), sealed(i, p.profile)) for i, p in zip(ids, people, strict=True)})
    return rows


def _row(tx: Tx, desk: Desk, id_: UUID, person: NewPerson) -> PersonRow:
    raise NotImplementedError


def _may_see(tx: Tx, desk: Desk, row: PersonRow) -> bool:
    """A citizen sees only themselves: by their own id, or what they registered."""
    if tx.actor.kind != "person":
        return True
    return tx.actor.id == str(row.id) or row.owner_hash == domain.owner_hash(desk.search, tx.actor.id)


def _unknown(status: int) -> Refusal:
    return Refusal(
        "person-unknown",
        ko="등록된 분을 찾을 수 없습니다.",
        en="There is no such person.",
        status=status,
        pointer=None if status == 404 else "/person",  # noqa: PLR2004 - the status itself
    )
