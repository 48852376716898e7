"""Sending a referral, making its steps, and showing it to the two agencies that share it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import PersonContact
from ieum.common.events.intake_referrals import Basis, ReferralNote, Urgency
from ieum.common.events.model import Sealed
from ieum.common.events.programme import REFERRAL_WINDOW_DAYS
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.common.kernel.ids import new_id
from ieum.common.service.city_facts import RecordClass
from ieum.intake.agreements import actions as agreements
from ieum.intake.agreements.domain import Agreement
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Moment
from ieum.intake.programmes import actions as programmes
from ieum.intake.referrals import capacity, domain, store, tickets
from ieum.intake.referrals.capacity import Capacity
from ieum.intake.referrals.domain import TERMS, Command, Done, Referral, Verb
from ieum.intake.referrals.facts import publish
from ieum.intake.referrals.links import Link
from ieum.intake.referrals.store import Change, Entry
from ieum.intake.referrals.tickets import Ticket

if TYPE_CHECKING:
    from datetime import datetime

    from ieum.common.postgres import Tx

RECORD_CLASS: RecordClass = "case"
REACHED: Mapping[Verb, str] = {"accept": "accepted", "return": "returned", "serve": "served"}
"""What a button of the link's page leads to: there already, a second click does nothing."""


@dataclass(frozen=True)
class NewReferral:
    """What a window asks of another agency; `note` is sealed at once."""

    person: UUID
    to_agency: str
    need: str
    urgency: Urgency
    basis: Basis
    programme: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Opened:
    """What was opened for an agency that may know who it is; None where it was erased or never was."""

    contact: PersonContact | None
    note: str | None
    answer: str | None


async def send(tx: Tx, desk: Desk, new: NewReferral) -> UUID:
    """Hand a person to another agency.

    Raises Refusal: 409 `full`, 409 `referral-open` with the number of the open one, `agreement-missing`,
    `agency-unknown`, `referral-to-oneself`, `programme-unknown`, `person-unknown`, `person-erased`.
    """
    sender = domain.check_parties(tx.actor.agency, new.to_agency)
    agreements.check_agency(desk.city, new.to_agency, pointer="/to_agency")
    window = await _window(tx, new.programme)
    rests_on = (
        await agreements.holding(tx, sender, new.to_agency, new.need) if new.basis == "agreement" else None
    )
    person = await people.lock_live(tx, desk, new.person)
    id_ = new_id(tx.now)
    referral = Referral(
        id=id_,
        number=tickets.number(id_, tx.now),
        person=person.id,  # the survivor, where registrations were merged
        from_agency=sender,
        to_agency=new.to_agency,
        need=new.need,
        programme=new.programme,
        urgency=new.urgency,
        basis=new.basis,
        agreement=rests_on.id if rests_on else None,
        district=person.district,
        life_stage=person.life_stage,
        note=await _sealed(tx, desk, person.id, new.note, id_),
        answer=None,
        status="sent",
        reason=None,
        version=1,
        owner=new.to_agency,
        due_at=domain.due_at("sent", tx.now, tx.now),
        sent_at=tx.now,
        changed_at=tx.now,
    )
    await _reserve(tx, desk, referral, tx.now + window)
    await store.insert(tx, referral)
    await store.keep_ticket(tx, Ticket(referral.number))
    await store.tell(tx, referral, "sent")
    publish(tx, referral, "sent", note=new.note)
    return id_


async def own(tx: Tx, ids: Collection[UUID], *, reason: str) -> list[tuple[Referral, str | None, str | None]]:
    """The referrals of these people with note and answer, opened for their own eyes, which is recorded.

    Staff who ask for them: those of their own agency.
    """

    async def text(sealed: Sealed | None) -> str | None:
        words = await tx.reveal(sealed, ReferralNote, reason=reason) if sealed else None
        return words.note if words else None

    found = [one for id_ in ids for one in await store.of_person(tx, id_)]
    return [
        (one, await text(one.note), await text(one.answer))
        for one in found
        if tx.actor.kind != "staff" or one.party(tx.actor.agency)
    ]


async def since(tx: Tx, person: UUID) -> date | None:
    """The day (KST) from which the periods of a person's referrals count: today while one is open."""
    found = await store.of_person(tx, person)
    return max((korean_date(tx.now if one.owner else one.changed_at) for one in found), default=None)


async def forget(tx: Tx, person: UUID, record_classes: Collection[str]) -> None:
    """Drop what was written; the key is destroyed by who decides on erasure."""
    if RECORD_CLASS in record_classes:
        await store.forget(tx, person)


async def step(
    tx: Tx, desk: Desk, id_: UUID, command: Command, *, version: int, ticket: Ticket | None = None
) -> Referral:
    """Make a step on the version the actor saw; raises Stale, and what `domain.decide` says."""
    before = await shown(tx, id_, lock=True)
    if version != before.version:
        raise Stale
    after = await _steps(tx, desk, before, command)
    if ticket is not None and ticket.place and ticket.from_at and ticket.until_at:
        await store.keep_ticket(
            tx,
            tickets.invited(after.number, ticket.place, ticket.from_at, ticket.until_at, tx.now, after.need),
        )
    return after


async def answer(tx: Tx, desk: Desk, link: Link, command: Command) -> Referral:
    """What an agency without a system answers by its link, receiving it first; clicked twice, done once."""
    referral = await shown(tx, link.referral, lock=True)
    if referral.status == REACHED[command.verb]:
        return referral
    first = [Command("receive", command.agency)] if referral.status == "sent" else []
    return await _steps(tx, desk, referral, *first, command)


async def shown(tx: Tx, id_: UUID, *, lock: bool = False) -> Referral:
    """A referral to which the actor's agency is a party; raises Refusal 404 `referral-unknown`."""
    found = await store.find(tx, id_, lock=lock)
    if found is None or found.party(tx.actor.agency) is None:
        raise Refusal(
            "referral-unknown",
            ko="의뢰를 찾을 수 없습니다.",
            en="There is no such referral.",
            status=404,
        )
    return found


async def opened(tx: Tx, desk: Desk, referral: Referral, *, reason: str) -> Opened:
    """Open who it is about and what was written, recording each access; raises 403 before acceptance."""
    if not domain.may_open(referral, tx.actor.agency):
        raise Refusal(
            "referral-not-accepted",
            ko="의뢰를 수락하신 뒤에 대상자 정보를 보실 수 있습니다.",
            en="Who the person is can be seen after the referral was accepted.",
            status=403,
        )
    person = await people.shown(tx, desk, referral.person)
    contact = await tx.reveal(person.contact, PersonContact, reason=reason) if person.contact else None
    note = await tx.reveal(referral.note, ReferralNote, reason=reason) if referral.note else None
    said = await tx.reveal(referral.answer, ReferralNote, reason=reason) if referral.answer else None
    return Opened(contact, note.note if note else None, said.note if said else None)


async def history(tx: Tx, referral: Referral) -> list[Entry]:
    """What happened to it, as the actor's agency was told."""
    return await store.history(tx, referral.id, tx.actor.agency or "")


async def of(tx: Tx, *, received: bool, only_open: bool, limit: int) -> Sequence[Referral]:
    """What the actor's agency received or sent, the most urgent first."""
    return await store.of(tx, tx.actor.agency or "", received=received, only_open=only_open, limit=limit)


async def lapse_next(tx: Tx) -> bool:
    """Remind of or send back one referral whose time has come; False where none is due."""
    before = await store.next_due(tx)
    found = domain.lapse(before, tx.now) if before else None
    if before is None or found is None:
        return False
    await _save(tx, before, [found])
    return True


async def room(tx: Tx, desk: Desk, agency: str, need: str) -> Capacity:
    """Whether an agency takes referrals of a need now; raises Refusal `agency-unknown`."""
    agreements.check_agency(desk.city, agency, pointer="/agency")
    return await store.capacity(tx, agency, need)


async def state_room(tx: Tx, need: str, *, accepting: bool, places: int | None) -> Capacity:
    """Keep what the actor's own agency says of its room for a need."""
    agency = domain.check_parties(tx.actor.agency, "")
    return await store.state(tx, agency, need, accepting=accepting, places=places)


async def link(tx: Tx, id_: UUID) -> Link:
    """A link by which the receiving agency may answer, for the sender; raises 409 if none is due."""
    referral = await shown(tx, id_)
    if referral.party(tx.actor.agency) != "sender":
        raise Refusal(
            "not-your-step",
            ko="링크는 보낸 기관이 만듭니다.",
            en="The link is made by the sending agency.",
            status=403,
        )
    if domain.OWNERS.get(referral.status) != "receiver":
        raise Refusal(
            "step-impossible",
            ko="상대 기관의 답을 기다리는 의뢰가 아닙니다.",
            en="This referral waits for no answer.",
            status=409,
        )
    until = (tx.now + TERMS.link).replace(microsecond=0)
    return Link(referral.id, referral.to_agency, until)


async def ticket(tx: Tx, number: str) -> Ticket:
    """What the person carries, without a place whose time is over; raises Refusal 404 `ticket-unknown`."""
    found = await store.ticket(tx, number)
    if found is None:
        raise Refusal("ticket-unknown", ko="없는 번호입니다.", en="There is no such number.", status=404)
    over = found.until_at is not None and found.until_at <= tx.now
    return Ticket(found.number) if over else found


async def changes(tx: Tx, agency: str, after: int, limit: int) -> list[Change]:
    """What was told to an agency after a position, in order."""
    return await store.changes(tx, agency, after, limit)


async def positions(tx: Tx, agencies: Sequence[str]) -> dict[str, int]:
    """How far the feeds of these agencies are."""
    return await store.positions(tx, agencies)


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """The steps of these people's referrals that the actor may see."""
    return await store.moments(tx, people)


async def _steps(tx: Tx, desk: Desk, before: Referral, *commands: Command) -> Referral:
    """Make steps one after another in one transaction; only the last may have a sentence."""
    moves: list[tuple[Referral, Done]] = []
    after = before
    for command in commands:
        after = domain.decide(after, command, tx.now)
        moves.append((after, after.status))
    sentence = commands[-1].sentence
    said = await _sealed(tx, desk, before.person, sentence, before.id)
    after = replace(after, answer=said or before.answer)
    moves[-1] = (after, after.status)
    closed = after.status == "closed"
    until = desk.city.retention_of(RECORD_CLASS).ends(korean_date(tx.now)) if closed else None
    await _save(tx, before, moves, note=sentence if said else None, until=until)
    return after


async def _save(
    tx: Tx, before: Referral, moves: Sequence[tuple[Referral, Done]], *, note: str | None = None,
    until: date | None = None,
) -> None:  # fmt: skip
    """Write where the moves lead, then tell each: the feeds are locked last, so nobody waits in a circle."""
    after = moves[-1][0]
    await store.update(tx, after, until)
    if after.status in ("returned", "closed"):
        await store.release(tx, after.id)
    if before.status in domain.TAKING_PLACES and after.status not in domain.TAKING_PLACES:
        await store.give_place(tx, after.to_agency, after.need)
    for referral, fact in moves:
        await store.tell(tx, referral, fact)
        publish(tx, referral, fact, note=note if referral is after else None, before=before)


async def _reserve(tx: Tx, desk: Desk, referral: Referral, until: datetime) -> None:
    """The person's one slot for the need, then one of the agency's places; the database decides on both."""
    slot = desk.search.of("referral-slot", f"{referral.person}/{referral.need}")
    if (held := await store.hold(tx, slot, referral.id, referral.number, until)) is not None:
        raise Refusal(
            "referral-open",
            ko=f"같은 사유로 진행 중인 의뢰가 있습니다. 번호: {held}",
            en=f"A referral for this need is open already: {held}.",
            status=409,
        )
    if not await store.take_place(tx, referral.to_agency, referral.need):
        raise capacity.full()


async def _sealed(tx: Tx, desk: Desk, person: UUID, text: str | None, referral: UUID) -> Sealed | None:
    """Seal what was written, under a key issued when it is first needed; nothing is kept of the erased."""
    if text is None:
        return None
    try:  # a party writes about the person before it may see who it is
        await people.lock_live(tx, desk, person, met=True)
    except Refusal:
        return None
    await desk.keys.ensure(tx, person, [RECORD_CLASS])
    return await tx.seal(person, ReferralNote(note=text), referral)


async def _agreement(tx: Tx, sender: str, new: NewReferral) -> Agreement | None:
    if new.basis != "agreement":
        return None
    return await agreements.holding(tx, sender, new.to_agency, new.need)


async def _window(tx: Tx, programme: str | None) -> timedelta:
    days = REFERRAL_WINDOW_DAYS
    if programme is not None:
        found = await programmes.current(tx, programme, status=422, pointer="/programme")
        days = found.definition.referral_window_days
    return timedelta(days=days)
