"""Keeping contacts, forgetting them, and looking them up for a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.intake import PersonContact
from ieum.common.events.notify import NotifyErasureAcknowledged
from ieum.notify.contacts import store
from ieum.notify.contacts.domain import Contact, Erasure, Organisation, mask

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx


async def keep_people(tx: Tx, contacts: Sequence[Contact]) -> None:
    """Keep the last state of these people, tombstones included."""
    if contacts:
        await store.save_contacts(tx, contacts)


async def keep_organisations(tx: Tx, organisations: Sequence[Organisation]) -> None:
    """Keep the last state of these organisations."""
    if organisations:
        await store.save_organisations(tx, organisations)


async def acknowledge(tx: Tx, erasures: Iterable[Erasure]) -> None:
    """Say that nothing readable of these is held any more; called when it is true in this transaction."""
    for erasure in erasures:  # rare, and each must lock its own row before it is published
        number = await store.count_acknowledgement(tx, erasure.person)
        data = NotifyErasureAcknowledged(person=erasure.person, record_classes=list(erasure.record_classes))
        tx.publish(data, subject=erasure.person, sequence=number)


async def acknowledge_withdrawals(tx: Tx, consents: Iterable[tuple[UUID, UUID]]) -> None:
    """Say that nothing is done on these consents, as (person, consent)."""
    for person, consent in consents:  # rare, as erasures are
        number = await store.count_acknowledgement(tx, person)
        data = NotifyErasureAcknowledged(person=person, record_classes=[], consent=consent)
        tx.publish(data, subject=person, sequence=number)


async def people(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Contact]:
    """What is known of these people, still sealed."""
    return await store.contacts(tx, ids)


async def organisations(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Organisation]:
    """What is known of these organisations."""
    return await store.organisations(tx, ids)


async def masked_address(tx: Tx, person: UUID, *, reason: str) -> str | None:
    """A person's e-mail address for staff's eyes, masked; None if there is none. The access is recorded."""
    contact = (await store.contacts(tx, [person])).get(person)
    if contact is None or contact.sealed is None:
        return None
    opened = await tx.reveal(contact.sealed, PersonContact, reason=reason)
    return mask(opened.email) if opened else None
