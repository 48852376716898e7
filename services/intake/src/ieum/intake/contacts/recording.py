"""Recording that a contact took place, once, for all kinds; and correcting it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake_contacts import ContactChanged, ContactNote, ContactRecorded
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.intake.contacts import domain, notes, store
from ieum.intake.contacts.domain import Contact, Correction
from ieum.intake.contacts.notes import RestrictedNote, Topic, Whose

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.people.actions import Desk

_TOLD = ("kind", "person", "agency", "district", "at", "outcome", "field", "direction", "part_of")


@dataclass(frozen=True)
class Said:
    """What was noted; with a `topic` it is restricted, and `readers` beside its writer are named."""

    text: str
    topic: Topic | None = None
    readers: Collection[str] = ()

    @property
    def private(self) -> ContactNote | RestrictedNote:
        """The object that is sealed."""
        if self.topic:
            return RestrictedNote(topic=self.topic, note=self.text)
        return ContactNote(note=self.text)


async def record(
    tx: Tx, desk: Desk, contact: Contact, said: Said | None = None, *, own: UUID | None = None
) -> None:
    """Keep, count and tell a contact; `own`: under whose keys a note lies where nobody is registered."""
    domain.check_outcome(contact.kind, contact.outcome)
    noted = _guarded(desk, contact, said) if said else None
    subject = await note(tx, desk, contact, noted, own=own) if noted else None
    await store.insert(tx, contact)
    private = [noted.private] if noted and not noted.topic else []
    data = ContactRecorded(**_told(desk, contact))
    tx.publish(data, subject=contact.id, sequence=contact.sequence, person=subject, private=private)


async def note(tx: Tx, desk: Desk, contact: Contact, said: Said, *, own: UUID | None = None) -> UUID:
    """Write a note about a contact; gives the id under whose keys it lies.

    In a field that tells of health it is restricted, whether its writer says so or not.
    """
    noted = _guarded(desk, contact, said)
    rule = desk.city.retention_of("restricted" if noted.topic else "case")
    return await notes.write(
        tx, desk, contact.id, Whose(contact.person, own or contact.id), noted.private,
        agencies=[contact.agency], readers=noted.readers if noted.topic else None,
        until=rule.ends(korean_date(contact.at)),
    )  # fmt: skip


async def correct(
    tx: Tx, desk: Desk, id_: UUID, said: Correction, *, version: int, words: Said | None = None
) -> Contact:
    """Correct a contact of one's agency, and add what is to be noted; nothing that was noted is overwritten.

    Raises Stale, and Refusal 404 `contact-unknown` or as `domain.corrected`.
    """
    before = await visible(tx, id_, lock=True)
    after, changed = domain.corrected(before, said, tx.now, version=version)
    if changed:
        await store.update(tx, before, after)
        data = ContactChanged(**_told(desk, after), changed=changed)
        tx.publish(data, subject=after.id, sequence=after.sequence)
    if words:
        await note(tx, desk, after, words, own=after.part_of if after.kind == "visit" else None)
    return after


async def identify(tx: Tx, desk: Desk, visit: UUID, person: UUID) -> None:
    """Write a newcomer's id on the contacts of their visit, and tell them anew."""
    for before in await store.of_parts(tx, [visit]):
        after = replace(before, person=person, version=before.version + 1, sequence=before.sequence + 1)
        await store.update(tx, before, after)
        data = ContactChanged(**_told(desk, after), changed=["person"])
        tx.publish(data, subject=after.id, sequence=after.sequence)


async def visible(tx: Tx, id_: UUID, *, lock: bool = False) -> Contact:
    """A contact of the actor's agency; raises Refusal 404 `contact-unknown`."""
    found = await store.find(tx, id_, lock=lock)
    # The policy of the table hides other agencies' rows; said again here, so that neither stands alone.
    if found is None or (tx.actor.kind == "staff" and tx.actor.agency != found.agency):
        raise Refusal(
            "contact-unknown", ko="접촉 기록을 찾을 수 없습니다.", en="There is no such contact.", status=404
        )
    return found


def own_agency(tx: Tx) -> str:
    """The agency of whoever acts; raises Refusal 403 `agency-missing`."""
    if tx.actor.agency:
        return tx.actor.agency
    raise Refusal(
        "agency-missing",
        ko="소속 기관이 있는 담당자만 할 수 있습니다.",
        en="Only staff of an agency may do this.",
        status=403,
    )


def told_field(desk: Desk, field: str | None) -> str | None:
    """A field as others may know it: one that would give away something of somebody's health is not told."""
    found = desk.city.counselling_field(field) if field else None
    return found.id if found and not found.restricted else None


def _guarded(desk: Desk, contact: Contact, said: Said) -> Said:
    field = desk.city.counselling_field(contact.field) if contact.field else None
    if said.topic or field is None or not field.restricted:
        return said
    return Said(said.text, "health", {*said.readers, contact.by})


def _told(desk: Desk, contact: Contact) -> dict[str, Any]:
    told = {name: getattr(contact, name) for name in _TOLD}
    return told | {"field": told_field(desk, contact.field)}
