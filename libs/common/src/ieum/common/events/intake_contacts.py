"""What intake tells of contacts (방문, 전화, 찾아가는 상담, 상담): that they took place, never what was said.

A note of record class `case` is sealed in the event; one of class `restricted` stays in intake. The field of
a counselling session is told only where it gives away nothing of somebody's health.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.model import EventData, PrivateData

ContactKind = Literal["visit", "call", "outreach", "counselling"]
ContactOutcome = Literal[
    "served", "handed-on",
    "answered", "no-answer", "wrong-number", "call-back",
    "talked", "not-at-home", "refused", "moved",
    "settled", "goes-on", "no-show",
]  # fmt: skip
"""By kind: a visit's two, a call's four, an outreach visit's four, a counselling session's last three."""

Direction = Literal["in", "out"]
SessionState = Literal["planned", "done", "cancelled"]


class ContactNote(PrivateData):
    """Record class `case`: what was noted of a contact."""

    record_class: ClassVar[str] = "case"
    note: str


class _Contact(EventData):
    topic: ClassVar[str] = "intake-contacts"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"case": ContactNote}

    kind: ContactKind
    person: UUID | None = None
    agency: str
    district: str | None = None
    at: datetime
    outcome: ContactOutcome
    field: str | None = None
    direction: Direction | None = None
    part_of: UUID | None = None


class ContactRecorded(_Contact):
    """A contact took place. `person` is null for a newcomer without a name; `part_of`: the visit or route."""

    event_type: ClassVar[str] = "kr.ieum.intake.contact.recorded.v1"


class ContactChanged(_Contact):
    """A contact was corrected: the whole as it holds from now on, and which fields are `changed`."""

    event_type: ClassVar[str] = "kr.ieum.intake.contact.changed.v1"

    changed: list[str]


class _Visit(EventData):
    topic: ClassVar[str] = "intake-contacts"

    number: str
    agency: str
    person: UUID | None = None


class VisitTaken(_Visit):
    """The front desk of `agency` took a visit once; its number says nothing of why. `windows`: agencies."""

    event_type: ClassVar[str] = "kr.ieum.intake.visit.taken.v1"

    windows: list[str]


class VisitHandedOn(_Visit):
    """The same visit goes on to more windows; `by` is the agency that handed it on."""

    event_type: ClassVar[str] = "kr.ieum.intake.visit.handed_on.v1"

    by: str
    windows: list[str]


class VisitIdentified(_Visit):
    """Who came without a name has been registered since: `person`."""

    event_type: ClassVar[str] = "kr.ieum.intake.visit.identified.v1"


class VisitEnded(_Visit):
    """All windows are done: how many served, and at how many the visitor left before."""

    event_type: ClassVar[str] = "kr.ieum.intake.visit.ended.v1"

    served: int
    left: int
    taken_at: datetime


class _Session(EventData):
    topic: ClassVar[str] = "intake-contacts"

    person: UUID
    agency: str
    field: str | None = None
    counsellor: str
    planned_at: datetime
    planned_until: datetime


class SessionPlanned(_Session):
    """A counselling session was agreed; `follows` the one in which it was, if any."""

    event_type: ClassVar[str] = "kr.ieum.intake.counselling.planned.v1"

    application: UUID | None = None
    opening: UUID | None = None
    case: UUID | None = None
    follows: UUID | None = None


class SessionChanged(_Session):
    """A session that has not taken place was moved, given to another counsellor, or cancelled."""

    event_type: ClassVar[str] = "kr.ieum.intake.counselling.changed.v1"

    state: SessionState
