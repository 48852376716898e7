"""What HTTP shows of contacts. Notes are opened for a reason alone, which is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel

from ieum.common.events.intake_contacts import ContactKind, ContactOutcome, Direction
from ieum.intake.contacts.domain import Contact, Rounding, rounded
from ieum.intake.contacts.notes import Opened

if TYPE_CHECKING:
    from ieum.intake.contacts.store import Count


class Label(BaseModel):
    """A sentence in both languages."""

    ko: str
    en: str


class NoteView(BaseModel):
    """What was noted, opened; `note` is null once it is destroyed."""

    id: UUID
    written_by: str
    written_at: datetime
    topic: str | None
    note: str | None
    address: str | None


class ContactLine(BaseModel):
    """A contact as listed. `at` is when it took place, `recorded_at` when it was handed in."""

    id: UUID
    kind: ContactKind
    person: UUID | None
    agency: str
    district: str | None
    at: datetime
    outcome: ContactOutcome
    field: str | None
    direction: Direction | None
    part_of: UUID | None
    by: str
    version: int
    recorded_at: datetime


class ContactView(ContactLine):
    """A contact with its notes; null while nothing is opened."""

    notes: list[NoteView] | None


class ContactList(BaseModel):
    """Contacts of the caller's agency, the newest first, at most 500."""

    items: list[ContactLine]


class CountView(BaseModel):
    """How many contacts an agency had in a period that began `since` (KST); `rounded` as it was asked for."""

    agency: str
    kind: str
    outcome: str
    since: date
    count: int


class TotalView(BaseModel):
    """All of one agency over the whole span."""

    agency: str
    count: int
    rounded: int


class CountList(BaseModel):
    """Counts by agency and period, and the totals; `rounded` by the rule that was asked for."""

    items: list[CountView]
    totals: list[TotalView]
    count: int
    rounded: int


def line(contact: Contact) -> ContactLine:
    """A contact as listed."""
    return ContactLine(**{name: getattr(contact, name) for name in ContactLine.model_fields})


def view(contact: Contact, opened: Sequence[Opened] | None) -> ContactView:
    """A contact with its notes."""
    return ContactView(**dict(line(contact)), notes=notes_view(opened))


def notes_view(opened: Sequence[Opened] | None) -> list[NoteView] | None:
    """Opened notes; None while nothing is opened."""
    if opened is None:
        return None
    return [NoteView(**{name: getattr(one, name) for name in NoteView.model_fields}) for one in opened]


def count_list(found: Sequence[Count], to: int, rounding: Rounding) -> CountList:
    """Counts, and their totals by agency rounded to a multiple of `to`."""
    sums = Counter[str]()
    for one in found:
        sums[one.agency] += one.count
    totals = [
        TotalView(agency=agency, count=count, rounded=rounded(count, to, rounding))
        for agency, count in sorted(sums.items())
    ]
    return CountList(
        items=[CountView(**vars(one)) for one in found],
        totals=totals,
        count=sums.total(),
        rounded=rounded(sums.total(), to, rounding),
    )
