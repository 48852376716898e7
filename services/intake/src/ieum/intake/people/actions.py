"""Registering people, finding them, and opening what is sealed of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Self, cast
from uuid import UUID

from ieum.common.events.intake import PersonContact, PersonProfile, PersonRegistered
from ieum.common.events.life_stages import life_stage
from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import PresentKey, key_name
from ieum.common.privacy.objects import seal
from ieum.common.privacy.search import SearchKey
from ieum.common.service.city import City
from ieum.intake.citizens import actions as citizens
from ieum.intake.people import domain, masking, store
from ieum.intake.people.domain import RECORD_CLASSES, Likeness, Moment, NewPerson
from ieum.intake.people.keys import IssuedKeys
from ieum.intake.people.masking import Masked
from ieum.intake.people.store import PersonRow, Registration

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.common.service.app import Service

SEARCH_MAX = 50
LIKE_MAX = 200
"""People of one birth date are looked at up to this number."""


@dataclass(frozen=True)
class Desk:
    """What use cases need beside a transaction."""

    city: City
    search: SearchKey
    keys: IssuedKeys

    @classmethod
    def of(cls, service: Service) -> Self:
        """The desk of the running service, whose keys intake itself issues."""
        return cls(service.city, service.search, cast("IssuedKeys", service.keys))


async def register(tx: Tx, desk: Desk, people: Sequence[NewPerson]) -> list[UUID]:
    """Register people in the order given: keys, sealed rows, hashes and one event each. Set-based."""
    own = await citizens.claim(tx) if len(people) == 1 else None
    ids = [own] if own else [new_id(tx.now) for _ in people]
    keys = await _issue(tx, desk, ids)
    rows = [_row(tx, desk, id_, person, keys) for id_, person in zip(ids, people, strict=True)]
    await store.insert(tx, rows, [domain.hashes(desk.search, person) for person in people])
    if any(person.channel for person in people):
        await store.insert_registrations(tx, _registrations(tx, ids, people, keys))
    for row, person in zip(rows, people, strict=True):
        _publish(tx, desk, row, person)
    return ids


async def registration(tx: Tx, person: UUID) -> Registration | None:
    """How a person was registered; None for those who came in a file."""
    return await store.registration(tx, person)


async def interested(
    tx: Tx, desk: Desk, ids: Collection[UUID], staff: Collection[str]
) -> set[tuple[UUID, str]]:
    """Who of these staff stands too near to whom of these people: is the person, or registered them."""
    recorded = await store.recorders(tx, ids)
    near = {(person, by) for person, by in recorded.items() if by in staff}
    owners = {domain.owner_hash(desk.search, one): one for one in staff}
    for row in await store.by_ids(tx, ids):
        if str(row.id) in staff:
            near.add((row.id, str(row.id)))
        if row.owner_hash in owners:
            near.add((row.id, owners[row.owner_hash]))
    return near


async def known(
    tx: Tx, desk: Desk, people: Sequence[NewPerson], *, attach: bool = True
) -> Mapping[bytes, UUID]:
    """Who of these is registered already, by `identity` hash; locked until commit, so that they stay.

    `attach`: something new may be attached to them now.
    """
    found = await store.by_identity(tx, {identity(desk, person) for person in people})
    live = await store.lock_live(tx, found.values())
    if attach:
        await store.mark_attached(tx, live)
    return {hashed: person for hashed, person in found.items() if person in live}


def identity(desk: Desk, person: NewPerson) -> bytes:
    """The keyed hash of name, birth date and phone together."""
    return domain.identity_hash(desk.search, person)


async def shown(tx: Tx, desk: Desk, person: UUID, *, lock: bool = False, whole: bool = True) -> PersonRow:  # noqa: ARG001 - the desk of all use cases
    """A person whom the actor may see, locked if asked.

    `whole`: what is asked for is more than the fields that a consent or agreement may name. Raises Refusal
    404 `person-unknown`; for an agency's people 403 `not-entitled` (개인정보 보호법 17, 18: no other use).
    """
    row = await store.find(tx, person, lock=lock)
    if row is None:
        raise await hidden(tx, person, 404)
    if whole:
        await check_whole(tx, row)
    return row


async def lock_live(tx: Tx, desk: Desk, person: UUID, *, met: bool = False) -> PersonRow:  # noqa: ARG001 - as above
    """A person to whom something is attached now, locked until commit: who was merged, under the survivor.

    `met`: the person is at the window, and what they ask for is itself the ground (개인정보 보호법 15(1)4).
    Use the row's id from here on. Raises Refusal `person-unknown`, `person-erased`, 403 `not-entitled`.
    """
    if met and tx.actor.kind == "staff":
        await store.meet(tx, [person])
    found = await store.lock_acting(tx, person)
    if found is None:
        raise await hidden(tx, person, 422)
    row, absorbed = found
    if not met:
        await check_whole(tx, row)
    if absorbed:
        await store.mark_attached(tx, [row.id])
    if row.erased_at:
        raise erased()
    return row


async def meet(tx: Tx, *people: UUID) -> None:
    """Say whom the desk has before it: seen until the transaction ends, as far as the caller shows them."""
    await store.meet(tx, people)


async def entitled(tx: Tx, people: Collection[UUID]) -> set[UUID]:
    """Of whom of these the acting agency may see everything. Set-based."""
    return await store.entitled(tx, people)


async def check_whole(tx: Tx, row: PersonRow) -> None:
    """Raise Refusal 403 `not-entitled` where the agency may see a few fields of the person at most."""
    if not await sees_whole(tx, row):
        raise not_entitled()


async def sees_whole(tx: Tx, row: PersonRow) -> bool:
    """Whether the actor, who may see the row, may see everything of the person."""
    if tx.actor.kind != "staff" or row.agency == tx.actor.agency:
        return True  # to anybody else row-level security shows their own alone
    return tx.purpose == purposes.DANGER_TO_LIFE or "*" in await store.entitled_to(tx, row.id)


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When these people were registered and what is known of them changed."""
    return await store.moments(tx, people)


async def lock(tx: Tx, ids: Collection[UUID]) -> None:
    """Lock the rows of those who are not erased until commit: nothing is attached to them meanwhile."""
    await store.lock_live(tx, ids)


async def same(tx: Tx, person: UUID) -> list[UUID]:
    """All ids of one person: the survivor's first, then those merged into it."""
    return await store.same(tx, person)


async def lock_pair(
    tx: Tx, first: UUID, second: UUID, *, in_order: bool = False
) -> tuple[PersonRow, PersonRow]:
    """Both rows, locked by id, or as given; raises Refusal 404 `person-unknown`."""
    ids = (first, second) if in_order else sorted({first, second})
    rows = {id_: await store.find(tx, id_, lock=True) for id_ in ids}
    one, other = rows[first], rows[second]
    if one is None:
        raise await hidden(tx, first, 404)
    if other is None:
        raise await hidden(tx, second, 422, "/into")
    return one, other


async def rows(tx: Tx, ids: Sequence[UUID]) -> list[PersonRow]:
    """The rows of these people, in the order given."""
    found = {row.id: row for row in await store.by_ids(tx, ids)}
    return [found[id_] for id_ in ids]


async def seen(tx: Tx, ids: Collection[UUID]) -> dict[UUID, PersonRow]:
    """Those of whom the actor may know, by the id asked for; who was merged, as the survivor."""
    found = {row.id: row for row in await store.by_ids(tx, ids)}
    merged = {row.merged_into for row in found.values() if row.merged_into}
    survivors = {row.id: row for row in await store.by_ids(tx, merged)} if merged else {}
    return {
        id_: row if row.merged_into is None else survivors[row.merged_into]
        for id_, row in found.items()
        if row.merged_into is None or row.merged_into in survivors
    }


async def next_sequence(tx: Tx, person: UUID) -> int:
    """The number of one more fact about a person; locks the row."""
    return await store.next_sequence(tx, person)


async def point(tx: Tx, person: UUID, into: UUID | None) -> int:
    """Say who a person is from now on, None: themselves; gives the fact's sequence. Both rows are locked."""
    return await store.merge(tx, person, into)


async def likely(tx: Tx, person: UUID) -> list[Likeness]:
    """Who may be the same person, the likeliest first; by keyed hashes alone."""
    return [one for one in await store.like(tx, person, LIKE_MAX) if domain.is_likely(one)]


async def reveal(tx: Tx, row: PersonRow, *, reason: str) -> tuple[PersonContact | None, PersonProfile | None]:
    """Open both objects for a person's eyes; each access is recorded in this transaction."""
    contact = await tx.reveal(row.contact, PersonContact, reason=reason) if row.contact else None
    profile = await tx.reveal(row.profile, PersonProfile, reason=reason) if row.profile else None
    return contact, profile


async def fields_seen(tx: Tx, row: PersonRow) -> list[str] | None:
    """The only fields that the actor's agency may see; None: all."""
    return None if await sees_whole(tx, row) else sorted(await store.entitled_to(tx, row.id))


async def revealed_to_desk(
    tx: Tx, row: PersonRow, *, reason: str
) -> tuple[PersonContact | None, PersonProfile | None]:
    """What the actor may see, opened as `reveal` does.

    To an agency that a consent or agreement lets see a few fields, those alone; in danger to life everything
    (개인정보 보호법 15(1)5, 18(2)3).
    """
    if await sees_whole(tx, row):
        return await reveal(tx, row, reason=reason)
    fields = await store.entitled_to(tx, row.id)
    named = replace(
        row,
        contact=row.contact if masking.names_contact(fields) else None,
        profile=row.profile if masking.names_profile(fields) else None,
    )
    contact, profile = await reveal(tx, named, reason=reason)
    return (
        masking.limited_contact(contact, fields) if contact else None,
        masking.limited_profile(profile, fields) if profile else None,
    )


async def masked(tx: Tx, rows_: Sequence[PersonRow], *, reason: str) -> dict[UUID, Masked]:
    """Enough of these people to recognise them; recorded for each, as masked. The erased are left out."""
    kids = [one.kid for row in rows_ for one in (row.contact, row.profile) if one]
    await tx.fetch_keys(kids)  # all at once
    found = {}
    for row in rows_:
        if row.contact is None or row.profile is None:
            continue
        sealed: list[tuple[Sealed, type[PersonContact | PersonProfile]]] = [
            (row.contact, PersonContact), (row.profile, PersonProfile)
        ]  # fmt: skip
        match await tx.reveal_masked(row.id, sealed, reason=reason):
            case [PersonContact() as contact, PersonProfile() as profile]:
                found[row.id] = masking.masked(contact, profile, row.district)
    return found


async def in_danger(tx: Tx, person: UUID) -> PersonRow:
    """A person whose life is in danger, entitled or not; raises Refusal 404 `person-unknown`."""
    await store.meet(tx, [person])
    row = await store.find(tx, person)
    if row is None:
        raise _unknown(404)
    return row


async def find(
    tx: Tx, desk: Desk, *, phone: str | None, birth_date: date | None, name: str | None
) -> list[PersonRow]:
    """Who fits all that is given (at least one), at most SEARCH_MAX; `name` may be a part of a name.

    A part begins at a syllable or word.
    """
    return await store.search(
        tx,
        domain.phone_hash(desk.search, phone) if phone else None,
        domain.birth_hash(desk.search, birth_date) if birth_date else None,
        domain.name_part(desk.search, name) if name else None,
        SEARCH_MAX,
    )


async def erase(tx: Tx, desk: Desk, person: UUID, record_classes: Collection[str]) -> int:
    """Destroy the keys of these classes, and what this feature holds of them; gives the fact's sequence."""
    await desk.keys.destroy(tx, [person], record_classes)
    await store.forget(tx, person, contact="contact" in record_classes, profile="profile" in record_classes)
    return await store.next_sequence(tx, person)


async def _issue(tx: Tx, desk: Desk, ids: Sequence[UUID]) -> Mapping[str, PresentKey]:
    await desk.keys.issue(tx, ids, RECORD_CLASSES)
    return await tx.present_keys(
        [key_name(person, name) for person in ids for name in ("contact", "profile")]
    )


def _row(tx: Tx, desk: Desk, id_: UUID, person: NewPerson, keys: Mapping[str, PresentKey]) -> PersonRow:
    def sealed(private: PersonContact | PersonProfile) -> Sealed:
        present = keys[key_name(id_, private.record_class)]
        return seal(private, present.key, present.kid, id_)

    return PersonRow(
        id=id_,
        contact=sealed(person.contact),
        profile=sealed(person.profile),
        district=person.district,
        life_stage=life_stage(person.profile.birth_date, korean_date(tx.now)),
        language=person.language,
        agency=tx.actor.agency or desk.city.id,
        owner_hash=domain.owner_hash(desk.search, tx.actor.id) if tx.actor.kind == "person" else None,
        sequence=1,
        registered_at=tx.now,
        erased_at=None,
    )


def _registrations(
    tx: Tx, ids: Sequence[UUID], people: Sequence[NewPerson], keys: Mapping[str, PresentKey]
) -> dict[UUID, Registration]:
    found = {}
    for id_, person in zip(ids, people, strict=True):
        if person.channel is None:
            continue
        present, who = keys[key_name(id_, "contact")], person.representative
        sealed = seal(who, present.key, present.kid, new_id(tx.now)) if who else None
        recorded_by = tx.actor.id if tx.actor.kind == "staff" else tx.actor.kind
        found[id_] = Registration(person.channel, recorded_by, person.mandate, sealed)
    return found


def _publish(tx: Tx, desk: Desk, row: PersonRow, person: NewPerson) -> None:
    data = PersonRegistered(
        district=row.district,
        life_stage=row.life_stage,
        language=row.language,
        agency=row.agency,
        basis=desk.city.retention_of("profile").basis_article,
        channel=person.channel,
    )
    tx.publish(data, subject=row.id, sequence=1, person=row.id, private=[person.contact, person.profile])


async def hidden(tx: Tx, person: UUID, status: int, pointer: str = "/person") -> Refusal:
    """Why a row is not seen: desks find anybody by search, so they may know that there is somebody."""
    if tx.actor.kind == "staff" and await store.is_known(tx, person):
        return not_entitled()
    return _unknown(status, pointer)


def not_entitled() -> Refusal:
    """403: the agency has no ground to see this person; and what to do."""
    return Refusal(
        "not-entitled",
        ko="소속 기관이 맡고 있는 분이 아니어서 열람하실 수 없습니다. 창구에 오신 분이라면 방문이나 신청을 "
        "먼저 기록하시거나 본인의 동의를 받아 주십시오. 생명이 위급한 때에는 긴급 열람을 이용해 주십시오.",
        en="Your agency has no ground to see this person. If they are at your window, record the visit or "
        "what they apply for first, or take their consent. If a life is in danger, use the urgent reveal.",
        status=403,
    )


def erased() -> Refusal:
    """422: nothing more is attached to somebody who asked to be forgotten."""
    return Refusal(
        "person-erased",
        ko="파기를 요청하신 분입니다. 새로 등록해 주시기 바랍니다.",
        en="This person asked to be forgotten. Please register anew.",
        pointer="/person",
    )


def _unknown(status: int, pointer: str = "/person") -> Refusal:
    return Refusal(
        "person-unknown",
        ko="등록된 분을 찾을 수 없습니다.",
        en="There is no such person.",
        status=status,
        pointer=None if status == 404 else pointer,  # noqa: PLR2004 - the status itself
    )
