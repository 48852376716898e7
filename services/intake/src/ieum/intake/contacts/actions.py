"""Contacts of all kinds: looking at them, correcting, counting; a person's own, and forgetting."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.kernel.dates import korean_date
from ieum.common.service.city_facts import RecordClass
from ieum.intake.contacts import notes, recording, store
from ieum.intake.contacts.counselling import actions as sessions
from ieum.intake.contacts.counselling.domain import Session
from ieum.intake.contacts.domain import Contact, Period
from ieum.intake.contacts.notes import Note, Opened
from ieum.intake.contacts.outreach import actions as outreach
from ieum.intake.contacts.recording import own_agency
from ieum.intake.contacts.store import Count
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.people.actions import Desk

RECORD_CLASSES: tuple[RecordClass, ...] = ("case", "restricted")
"""The classes of what is written of contacts."""
LIST_MAX = 500
DUE_MAX = 200

correct = recording.correct


@dataclass(frozen=True)
class Held:
    """What is held of somebody's contacts, for themselves: contacts, sessions, notes in clear."""

    contacts: Sequence[Contact]
    sessions: Sequence[Session]
    notes: Sequence[Opened]


async def shown(tx: Tx, id_: UUID) -> tuple[Contact, list[Note]]:
    """A contact of the actor's agency and the notes they may read; raises Refusal 404 `contact-unknown`."""
    contact = await recording.visible(tx, id_)
    return contact, await notes.about(tx, [id_])


async def reveal(tx: Tx, about: UUID, *, reason: str) -> list[Opened]:
    """Open what is written about a contact, visit, stop or session, as far as it names the actor."""
    return await notes.reveal(tx, await notes.about(tx, [about]), reason=reason)


async def listed(
    tx: Tx, since: datetime, *, kind: str | None = None, person: UUID | None = None
) -> list[Contact]:
    """The contacts of the actor's agency since a moment, the newest first, at most LIST_MAX."""
    return await store.listed(tx, own_agency(tx), since, kind=kind, person=person, limit=LIST_MAX)


async def of_parts(tx: Tx, part_of: UUID) -> list[Contact]:
    """The contacts of a visit or a route."""
    return await store.of_parts(tx, [part_of])


async def counts(tx: Tx, since: date, until: date, period: Period) -> list[Count]:
    """How many contacts all agencies had between two days (KST, both included), by period."""
    return await store.counts(tx, since, until, period)


async def of(tx: Tx, people: Collection[UUID], *, reason: str) -> Held:
    """What is held of these ids of one person; each note that is opened is recorded with the reason.

    Restricted notes are left out: whether they endanger somebody else, their agency judges one by one.
    """
    written = [one for one in await notes.of(tx, people) if one.record_class == "case"]
    found = await notes.reveal(tx, written, reason=reason)
    return Held(await store.of(tx, people), await sessions.of(tx, people), found)


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When somebody met or spoke with these people, as far as the actor may see it."""
    return await store.moments(tx, people)


async def since(tx: Tx, person: UUID) -> date | None:
    """The day (KST) from which the periods of what was written of a person's contacts count.

    Today while something of it is of a contact that goes on; None: nothing was written.
    """
    written = [one for one in await notes.of(tx, [person]) if one.note]
    return max((korean_date(one.written_at if one.until else tx.now) for one in written), default=None)


async def forget(tx: Tx, desk: Desk, person: UUID, record_classes: Collection[str]) -> None:
    """Drop what is sealed of the person's contacts, and plan nothing more with them.

    The keys are destroyed by who decides on erasure; that there were contacts stays counted.
    """
    await sessions.forget(tx, desk, person)
    await outreach.forget(tx, person)
    await drop(tx, [person], record_classes)


async def drop(tx: Tx, people: Collection[UUID], record_classes: Collection[str]) -> None:
    """Drop what is sealed under these people's keys in these classes."""
    for name in RECORD_CLASSES:
        if name in record_classes:
            await notes.forget(tx, people, name)


async def destroy_due(tx: Tx, desk: Desk) -> int:
    """Destroy unasked the restricted notes whose day has come; gives of how many people.

    The key of class `case` holds more than contacts: `erasures` destroys it.
    """
    return await notes.destroy_due(tx, desk, korean_date(tx.now), DUE_MAX)
