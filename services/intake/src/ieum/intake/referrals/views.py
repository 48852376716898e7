"""Referrals, capacities and tickets as they are shown: who it is only to an agency that may know."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from ieum.common.events.intake import PersonContact
from ieum.intake.referrals import domain
from ieum.intake.referrals.actions import Opened
from ieum.intake.referrals.capacity import Capacity, Room
from ieum.intake.referrals.domain import Referral
from ieum.intake.referrals.store import Entry
from ieum.intake.referrals.tickets import Ticket


class EntryView(BaseModel):
    """A line of the history."""

    fact: str
    version: int
    at: datetime


class ReferralView(BaseModel):
    """A referral; `version` is what If-Match takes. `person` is hidden from the receiver until it accepted.

    `contact`, `note` and `answer` (the sentence of a return) are there only when opened for a reason.
    """

    id: UUID
    number: str
    status: str
    version: int
    from_agency: str
    to_agency: str
    need: str
    programme: str | None
    urgency: str
    basis: str
    agreement: UUID | None
    district: str
    life_stage: str
    reason: str | None
    owner: str | None
    due_at: datetime | None
    sent_at: datetime
    changed_at: datetime
    person: UUID | None = None
    contact: PersonContact | None = None
    note: str | None = None
    answer: str | None = None
    history: list[EntryView] = []


class ReferralList(BaseModel):
    """The most urgent first."""

    items: list[ReferralView]


class CapacityView(BaseModel):
    """Whether an agency takes referrals of a need now; `not-stated`: it said nothing, so it may be asked."""

    agency: str
    need: str
    room: Room
    takes: bool


class LinkView(BaseModel):
    """A link to hand to the receiving agency; whoever has it may answer until then."""

    path: str
    until: datetime


class TicketView(BaseModel):
    """What the person carries; place and time once they are known."""

    number: str
    place: str | None
    from_at: datetime | None
    until_at: datetime | None


def view(
    one: Referral, agency: str | None, *, history: Sequence[Entry] = (), opened: Opened | None = None
) -> ReferralView:
    """A referral as one of its two agencies sees it."""
    hidden = {"person": one.person if domain.may_open(one, agency) else None, "note": None, "answer": None}
    shown = {"contact": opened.contact, "note": opened.note, "answer": opened.answer} if opened else {}
    lines = [EntryView(fact=line.fact, version=line.version, at=line.at) for line in history]
    return ReferralView.model_validate({**vars(one), **hidden, **shown, "history": lines})


def capacity_view(one: Capacity) -> CapacityView:
    """A capacity without its figures."""
    return CapacityView(agency=one.agency, need=one.need, room=one.room, takes=one.room != "full")


def ticket_view(one: Ticket) -> TicketView:
    """A ticket."""
    return TicketView.model_validate(vars(one))
