"""The market's values, and how the facts of one batch fold into them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal
from uuid import UUID

from ieum.common.events.intake import (
    ApplicationChanged,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    OpeningPublished,
    OrganisationRegistered,
    PersonErased,
    PersonRegistered,
    ProgrammePublished,
)
from ieum.common.events.intake_people import PersonChanged, PersonConsentWithdrawn
from ieum.common.events.matching import Suggestion
from ieum.common.events.model import PrivateData, Sealed
from ieum.common.events.programme import Programme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ieum.common.events.envelope import Event

HELD_CLASSES = ("profile", "application")
"""What matching holds of a person, sealed: what ranking asks, and the explanations of decisions."""

State = Literal["waiting", "ranked", "ineligible", "withdrawn", "erased"]


@dataclass(frozen=True, slots=True)
class Person:
    """What ranking asks about a person; `sealed` is a PersonProfile, None once erased."""

    id: UUID
    district: str | None
    sealed: Sealed | None
    sequence: int


@dataclass(frozen=True, slots=True)
class Erasure:
    """Record classes of a person that matching holds and must forget, as of when the fact was told."""

    person: UUID
    record_classes: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation and its public name."""

    id: UUID
    name: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A position at a workplace, with `capacity` places; `district` is a five-digit code.

    `working_times`: when somebody is needed, e.g. `mon-am`.
    """

    id: UUID
    programme: str
    organisation: UUID
    code: str
    title: str
    capacity: int
    district: str
    field: str
    skills: tuple[str, ...]
    sequence: int
    working_times: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Application:
    """A person's request. `version` counts our own facts; `scores`, 0 to 1000, stand beside `choices`.

    `explanation` is a sealed Explanation of the last decision; `told_at`: when intake told of it.
    """

    id: UUID
    person: UUID
    programme: str
    programme_version: int
    choices: tuple[UUID, ...]
    submitted_at: datetime
    state: State
    sequence: int
    version: int = 0
    scores: tuple[int, ...] = ()
    failed_rules: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    explanation: Sealed | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """What a round asks of a live application; `scores`, 0 to 1000, stand beside `choices`.

    None: the application is not acceptable to that opening (only interviews make it so).
    """

    id: UUID
    person: UUID
    choices: tuple[UUID, ...]
    scores: tuple[int | None, ...]


class Groups(PrivateData):
    """The groups of a PersonProfile, where nothing else of it is asked."""

    record_class: ClassVar[str] = "profile"

    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """The choices that replace those of an application."""

    id: UUID
    choices: tuple[UUID, ...]
    sequence: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was decided about an application on arrival; `scores` stand beside its choices."""

    application: UUID
    state: State
    scores: tuple[int, ...] = ()
    failed_rules: tuple[str, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()


def fold_people(events: Iterable[Event]) -> tuple[list[Person], list[Erasure]]:
    """The last state of each person in a batch, and every erasure in it of what matching holds.

    Whatever a batch tells of a person after their profile was erased does not bring them back.
    """
    people: dict[UUID, Person] = {}
    erasures: list[Erasure] = []
    gone: set[UUID] = set()
    for event in events:
        person = UUID(event.subject)
        match event.data:
            case PersonRegistered() | PersonChanged() as fact if person not in gone:
                sealed = fact.private.get("profile")
                people[person] = Person(person, fact.district, sealed, event.sequence)
            case PersonErased(record_classes=classes):
                held = tuple(name for name in HELD_CLASSES if name in classes)
                if "profile" in held:
                    if person not in gone:
                        people[person] = Person(person, None, None, event.sequence)
                    gone.add(person)
                if held:
                    erasures.append(Erasure(person, held, event.time))
            case _:
                pass
    return list(people.values()), erasures


def withdrawals(events: Iterable[Event]) -> list[tuple[UUID, UUID]]:
    """Consents taken back in a batch, as (person, consent). Nothing here rests on a consent."""
    return [
        (UUID(event.subject), event.data.consent)
        for event in events
        if isinstance(event.data, PersonConsentWithdrawn)
    ]


def fold_organisations(events: Iterable[Event]) -> list[Organisation]:
    """The last state of each organisation in a batch."""
    found = {
        event.subject: Organisation(UUID(event.subject), event.data.name, event.sequence)
        for event in events
        if isinstance(event.data, OrganisationRegistered)
    }
    return list(found.values())


def fold_programmes(events: Iterable[Event]) -> list[Programme]:
    """The definitions in a batch, each version once; raises ValidationError for one that is none."""
    found = {
        (event.data.programme, event.data.version): Programme.model_validate(event.data.definition)
        for event in events
        if isinstance(event.data, ProgrammePublished)
    }
    return list(found.values())


def fold_openings(events: Iterable[Event]) -> list[Opening]:
    """The last state of each opening in a batch."""
    found = {
        event.subject: _opening(UUID(event.subject), event.data, event.sequence)
        for event in events
        if isinstance(event.data, OpeningPublished)
    }
    return list(found.values())


def _opening(id_: UUID, fact: OpeningPublished, sequence: int) -> Opening:
    return Opening(
        id=id_,
        programme=fact.programme,
        organisation=fact.organisation,
        code=fact.code,
        title=fact.title,
        capacity=fact.capacity,
        district=fact.district,
        field=fact.field,
        skills=tuple(fact.skills),
        sequence=sequence,
        working_times=tuple(fact.working_times),
    )


def fold_applications(events: Iterable[Event]) -> tuple[list[Application], list[Changed], list[UUID]]:
    """The applications submitted in a batch, the last change of each in it, and those withdrawn, by id."""
    submitted: dict[UUID, Application] = {}
    changed: dict[UUID, Changed] = {}
    withdrawn: dict[UUID, None] = {}
    for event in events:
        id_ = UUID(event.subject)
        match event.data:
            case ApplicationSubmitted() as fact:
                submitted[id_] = _application(id_, fact, event)
            case ApplicationChanged() as fact:
                changed[id_] = Changed(id_, tuple(dict.fromkeys(fact.choices)), event.sequence)
            case ApplicationWithdrawn():
                withdrawn[id_] = None
            case _:
                pass
    return list(submitted.values()), list(changed.values()), list(withdrawn)


def _application(id_: UUID, fact: ApplicationSubmitted, event: Event) -> Application:
    return Application(
        id=id_,
        person=fact.person,
        programme=fact.programme,
        programme_version=fact.programme_version,
        choices=tuple(dict.fromkeys(fact.choices)),
        submitted_at=fact.submitted_at,
        state="waiting",
        sequence=event.sequence,
        told_at=event.time,
    )
