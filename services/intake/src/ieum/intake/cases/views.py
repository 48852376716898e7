"""What HTTP shows of cases. Nothing is in clear unless a reason is given, which is recorded."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel

from ieum.common.events.intake_cases import CaseState, OpenState
from ieum.intake.cases import domain
from ieum.intake.cases.private import Topic
from ieum.intake.cases.records import Opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.common.service.city import City
    from ieum.common.service.city_cases import CaseStep
    from ieum.intake.cases.domain import Case
    from ieum.intake.cases.records import Shown


class Label(BaseModel):
    """A name in both languages."""

    ko: str
    en: str


class EmergencyView(BaseModel):
    """A number to call at once, before anything is written."""

    number: str
    name: Label


class ChoiceView(BaseModel):
    """Something to choose from."""

    id: str
    name: Label


class FormView(BaseModel):
    """What a report form shows: first the numbers to call where life may be in danger."""

    emergency: list[EmergencyView]
    sources: list[ChoiceView]
    districts: list[ChoiceView]


class StatusView(BaseModel):
    """How a report stands: a word and what comes next; nothing of the person it is about."""

    status: Label
    next_step: Label | None


class ReceiptView(StatusView):
    """The answer to a report: the code to ask with, and the numbers to call once more."""

    receipt: str
    emergency: list[EmergencyView]


class CaseLine(BaseModel):
    """A case as listed. `step_name` is the city's own; `due_at` is null once it is closed."""

    id: UUID
    agency: str
    district: str
    source: str
    channel: str
    urgent: bool
    state: CaseState
    step: str
    step_name: Label
    owner: str
    due_at: datetime | None
    overdue: bool
    version: int
    persons: list[UUID]
    opened_at: datetime
    closed_at: datetime | None
    forgotten: bool


class CaseList(BaseModel):
    """Cases of the caller's agency, the first due first, at most 200."""

    items: list[CaseLine]


class ToldView(BaseModel):
    """What the report said."""

    situation: str
    name: str | None
    phone: str | None
    address: str | None


class EntryView(BaseModel):
    """Something done: where the case stood after it, whose it was, until when."""

    version: int
    command: str
    state: str
    step: str
    owner: str
    due_at: datetime | None
    by: str
    at: datetime
    reason: str | None


class GoalView(BaseModel):
    """A goal of the plan."""

    id: UUID
    goal: str | None
    due_on: date
    set_by: str


class ServiceView(BaseModel):
    """A service record: both days included, cost in won."""

    id: UUID
    service: str
    provider: str
    since: date
    until: date
    cost_won: int
    recorded_by: str


class ConferenceView(BaseModel):
    """A case conference."""

    id: UUID
    held_on: date
    participants: list[dict[str, str]]
    decision: str | None
    recorded_by: str


class NoteLine(BaseModel):
    """A restricted note that names the caller; its topic is sealed with it."""

    id: UUID
    readers: list[str]
    written_by: str
    written_at: datetime


class NoteView(NoteLine):
    """A restricted note, opened; both null once it is destroyed."""

    topic: Topic | None
    text: str | None


class ReporterView(BaseModel):
    """Who reported; all null: anonymous, or destroyed since."""

    name: str | None = None
    phone: str | None = None
    relation: str | None = None


class CaseView(CaseLine):
    """A case; `told`, goals, decisions and reasons are null while nothing is opened."""

    sealed: bool
    told: ToldView | None
    timeline: list[EntryView]
    goals: list[GoalView]
    services: list[ServiceView]
    conferences: list[ConferenceView]
    notes: list[NoteLine]


def emergency(city: City, today: date) -> list[EmergencyView]:
    """The numbers that hold on the day, in their order."""
    return [
        EmergencyView(number=one.number, name=Label(ko=one.name.ko, en=one.name.en))
        for one in city.emergency_at(today)
    ]


def form(city: City, today: date) -> FormView:
    """The form of a day."""
    return FormView(
        emergency=emergency(city, today),
        sources=[
            ChoiceView(id=one.id, name=Label(ko=one.name.ko, en=one.name.en)) for one in city.cases.sources
        ],
        districts=[
            ChoiceView(id=one.code, name=Label(ko=one.name.ko, en=one.name.en))
            for one in city.districts
            if one.in_city and one.holds(today)
        ],
    )


def status(case: Case, following: CaseStep | None) -> StatusView:
    """How a report stands."""
    ko, en = domain.STATE_WORDS[case.state]
    step = Label(ko=following.name.ko, en=following.name.en) if following else None
    return StatusView(status=Label(ko=ko, en=en), next_step=step)


def line(case: Case, persons: Sequence[UUID], city: City) -> CaseLine:
    """A case as listed."""
    return CaseLine(
        id=case.id,
        agency=case.agency,
        district=case.district,
        source=case.source,
        channel=case.channel,
        urgent=case.urgent,
        state=case.state,
        step=case.step,
        step_name=_step_name(case, city),
        owner=case.owner,
        due_at=case.due_at,
        overdue=case.overdue_at is not None,
        version=case.version,
        persons=list(persons),
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        forgotten=case.forgotten_at is not None,
    )


def view(found: Shown, city: City, opened: Opened | None = None) -> CaseView:
    """A case with all that is written down of it."""
    clear = opened or Opened()
    return CaseView(
        **dict(line(found.case, found.persons, city)),
        sealed=opened is None,
        told=ToldView(**clear.told.model_dump()) if clear.told else None,
        timeline=[
            EntryView(**(vars(one) | {"reason": clear.reasons.get(one.version)})) for one in found.entries
        ],
        goals=[GoalView(**(vars(one) | {"goal": clear.goals.get(one.id)})) for one in found.goals],
        services=[ServiceView(**vars(one)) for one in found.services],
        conferences=[
            ConferenceView(**(vars(one) | {"decision": clear.decisions.get(one.id)}))
            for one in found.conferences
        ],
        notes=[NoteLine(**vars(one)) for one in found.notes],
    )


def _step_name(case: Case, city: City) -> Label:
    """The present step's name; a closed case has none but its state's."""
    if case.state == "closed":
        ko, en = domain.STATE_WORDS["closed"]
        return Label(ko=ko, en=en)
    state: OpenState = case.state
    name = city.cases.at(state, case.step).name
    return Label(ko=name.ko, en=name.en)
