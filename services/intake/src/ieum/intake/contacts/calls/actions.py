"""Beginning a call, within what the person said of how they may be reached, and recording what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import PersonContact, SafeContact
from ieum.common.events.intake_contacts import ContactOutcome, Direction
from ieum.common.events.model import Sealed
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.contacts import recording
from ieum.intake.contacts.calls import domain, store
from ieum.intake.contacts.calls.domain import Call
from ieum.intake.contacts.domain import Contact
from ieum.intake.contacts.recording import Said, own_agency
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

LIST_MAX = 200


@dataclass(frozen=True)
class Result:
    """What came of a call."""

    outcome: ContactOutcome
    said: Said | None = None
    call_back_at: datetime | None = None


async def begin(tx: Tx, desk: Desk, person: UUID, direction: Direction, *, number: str | None) -> UUID:
    """Begin a call; one of ours only where the person's safe contact allows it, on `number` or their own.

    Raises Refusal `person-unknown`, `person-erased`, `phone-missing`, 409 `call-never`, 409 `call-hours`.
    """
    row = await people.lock_live(tx, desk, person)
    contact = await _contact(tx, row.contact)
    if direction == "out":
        domain.check_safe(contact, number, tx.now)
    neutral = bool(contact.safe_contact and contact.safe_contact.neutral)
    call = Call(
        new_id(tx.now), row.id, own_agency(tx), direction, neutral, "begun", None, tx.actor.id, tx.now
    )
    await store.insert(tx, call)
    return call.id


async def end(tx: Tx, desk: Desk, id_: UUID, result: Result, *, version: int) -> Call:
    """Record what came of a call; raises Stale, Refusal 404 `call-unknown` or as `domain.done`."""
    before = await shown(tx, id_, lock=True)
    call = domain.done(before, result.outcome, tx.now, version=version, call_back_at=result.call_back_at)
    row = await people.shown(tx, desk, call.person)
    if result.call_back_at and row.contact:
        rules = (await _contact(tx, row.contact)).safe_contact or SafeContact()
        domain.check_hours(rules, result.call_back_at, pointer="/call_back_at")
    await store.update(tx, call)
    contact = Contact(
        id=call.id,
        kind="call",
        person=call.person,
        agency=call.agency,
        district=row.district,
        at=call.begun_at,
        outcome=result.outcome,
        field=None,
        direction=call.direction,
        part_of=None,
        by=tx.actor.id,
        recorded_at=tx.now,
    )
    await recording.record(tx, desk, contact, result.said)
    return call


async def shown(tx: Tx, id_: UUID, *, lock: bool = False) -> Call:
    """A call of the actor's agency; raises Refusal 404 `call-unknown`."""
    found = await store.find(tx, id_, lock=lock)
    if found is None:
        raise Refusal("call-unknown", ko="통화를 찾을 수 없습니다.", en="There is no such call.", status=404)
    return found


async def to_call_back(tx: Tx, until: datetime) -> list[Call]:
    """The calls after which the actor's agency is to call back until a moment."""
    return await store.to_call_back(tx, own_agency(tx), until, LIST_MAX)


async def _contact(tx: Tx, sealed: Sealed | None) -> PersonContact:
    [contact] = await tx.open_all([sealed], PersonContact) if sealed else [None]
    if contact is None:
        raise Refusal(
            "person-erased",
            ko="파기를 요청하신 분입니다.",
            en="This person asked to be forgotten.",
            status=409,
        )
    return contact
