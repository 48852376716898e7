"""Correcting and completing what is known of a person: nothing is overwritten that was not read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import PersonContact, PersonProfile
from ieum.common.events.intake_people import PersonChanged
from ieum.common.events.life_stages import life_stage
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.intake.people import actions, domain, store
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import NewPerson
from ieum.intake.people.store import PersonRow

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def correct(
    tx: Tx, desk: Desk, person: UUID, change: Callable[[NewPerson], NewPerson], *, version: int
) -> PersonRow:
    """Apply a change to a person as they are now; gives the new row, or the old one if nothing changed.

    Raises Refusal 404 `person-unknown`, 409 `person-erased` or `person-merged`, 412 `stale`.
    """
    row = await actions.shown(tx, desk, person, lock=True)
    _check_open(row)
    if row.sequence != version:
        raise Stale
    before = await opened(tx, row)
    after = change(before)
    names = domain.changed_fields(before, after)
    if not names:
        return row
    domain.check_guarded(before, after, korean_date(tx.now), alone=tx.actor.kind == "person")
    return await save(tx, desk, row, after, names)


async def save(tx: Tx, desk: Desk, row: PersonRow, person: NewPerson, changed: list[str]) -> PersonRow:
    """Seal, write and tell a person anew; the row is locked by the caller."""
    new = replace(
        row,
        contact=await tx.seal(row.id, person.contact, row.id),
        profile=await tx.seal(row.id, person.profile, row.id),
        district=person.district,
        life_stage=life_stage(person.profile.birth_date, korean_date(tx.now)),
        language=person.language,
        sequence=row.sequence + 1,
    )
    await store.update(tx, new, domain.hashes(desk.search, person))
    await store.note_change(tx, new)
    tell(tx, desk, new, person, changed)
    for merged in await store.merged_into(tx, row.id, lock=True):  # nearly always none
        number = await store.next_sequence(tx, merged.id)
        tell(tx, desk, replace(merged, sequence=number), person, changed)
    return new


def tell(tx: Tx, desk: Desk, row: PersonRow, person: NewPerson, changed: list[str]) -> None:
    """Publish what is known of a person now, under the row's number."""
    data = PersonChanged(
        district=person.district,
        life_stage=life_stage(person.profile.birth_date, korean_date(tx.now)),
        language=person.language,
        agency=tx.actor.agency or desk.city.id,
        basis=desk.city.retention_of("profile").basis_article,
        changed=changed,
    )
    tx.publish(
        data, subject=row.id, sequence=row.sequence, person=row.id, private=[person.contact, person.profile]
    )


async def follow(tx: Tx, desk: Desk, person: UUID, as_of: UUID) -> None:
    """Tell anew, under one person's id and keys, what is known of another: who holds the first follows."""
    row, told = await actions.rows(tx, [person, as_of])
    number = await store.next_sequence(tx, person)
    tell(tx, desk, replace(row, sequence=number), await opened(tx, told), [])


async def opened(tx: Tx, row: PersonRow) -> NewPerson:
    """A person opened for a machine's work; raises Refusal `person-erased` where a key is gone."""
    found = (
        await tx.open_all([one for one in (row.contact,) if one], PersonContact),
        await tx.open_all([one for one in (row.profile,) if one], PersonProfile),
    )
    match found:
        case ([PersonContact() as contact], [PersonProfile() as profile]):
            return NewPerson(contact, profile, row.district, row.language)
        case _:
            raise _erased()


def _check_open(row: PersonRow) -> None:
    if row.erased_at:
        raise _erased()
    if row.merged_into:
        raise Refusal(
            "person-merged",
            ko="다른 등록과 합쳐진 분입니다. 합쳐진 쪽에서 고쳐 주시기 바랍니다.",
            en="This person was merged into another; make the change there.",
            status=409,
        )


def _erased() -> Refusal:
    return Refusal(
        "person-erased",
        ko="파기를 요청하신 분의 정보는 고칠 수 없습니다.",
        en="What is known of somebody who asked to be forgotten cannot be changed.",
        status=409,
    )
