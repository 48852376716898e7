"""What is kept of a person's or an organisation's contact, and how facts of one batch fold into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from ieum.common.events.intake import OrganisationRegistered, PersonErased, PersonRegistered
from ieum.common.events.intake_people import PersonChanged, PersonConsentWithdrawn
from ieum.common.events.model import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ieum.common.events.envelope import Event

Language = Literal["ko", "en"]

HELD_CLASSES = ("contact", "application")
"""What notify holds of a person, sealed: how to reach them, and the explanations in messages."""


@dataclass(frozen=True)
class Contact:
    """How a person is reached; `sealed` is None once erased."""

    person: UUID
    sealed: Sealed | None
    language: Language | None
    district: str | None
    sequence: int


@dataclass(frozen=True)
class Organisation:
    """An organisation's name and mailbox; `email` is None where it gave none."""

    id: UUID
    name: str
    email: str | None
    sequence: int


@dataclass(frozen=True)
class Erasure:
    """Record classes of a person that notify holds and must forget."""

    person: UUID
    record_classes: tuple[str, ...]


def fold_people(events: Iterable[Event]) -> tuple[list[Contact], list[Erasure]]:
    """The last state of each person in a batch, and every erasure in it that concerns what notify holds."""
    contacts: dict[UUID, Contact] = {}
    erasures: list[Erasure] = []
    for event in events:
        person = UUID(event.subject)
        match event.data:
            case PersonRegistered() | PersonChanged() as fact:
                contacts[person] = _told(person, event.sequence, fact)
            case PersonErased(record_classes=classes):
                if "contact" in classes:
                    contacts[person] = Contact(person, None, None, None, event.sequence)
                if held := tuple(item for item in HELD_CLASSES if item in classes):
                    erasures.append(Erasure(person, held))
    return list(contacts.values()), erasures


def withdrawals(events: Iterable[Event]) -> list[tuple[UUID, UUID]]:
    """Consents taken back in a batch, as (person, consent). Nothing here rests on a consent."""
    return [
        (UUID(event.subject), event.data.consent)
        for event in events
        if isinstance(event.data, PersonConsentWithdrawn)
    ]


def _told(person: UUID, sequence: int, fact: PersonRegistered | PersonChanged) -> Contact:
    # Without its sealed contact the key was gone before intake published: nobody can be reached by it.
    sealed = fact.private.get("contact")
    if sealed is None:
        return Contact(person, None, None, None, sequence)
    return Contact(person, sealed, fact.language, fact.district, sequence)


def fold_organisations(events: Sequence[Event]) -> list[Organisation]:
    """The last state of each organisation in a batch."""
    found = {
        event.subject: Organisation(UUID(event.subject), event.data.name, event.data.email, event.sequence)
        for event in events
        if isinstance(event.data, OrganisationRegistered)
    }
    return list(found.values())


def mask(address: str | None) -> str | None:
    """An address as staff may see it in a list: `h***@example.kr`."""
    if not address or "@" not in address:
        return None
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
