"""Builders of events as matching reads them; the same names give the same ids."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from ieum.common.events.envelope import Attributes, Event, headers_of
from ieum.common.events.intake import (
    ApplicationChanged,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    OpeningPublished,
    OrganisationRegistered,
    PersonErased,
    PersonProfile,
    PersonRegistered,
    ProgrammePublished,
)
from ieum.common.events.intake_people import PersonChanged
from ieum.common.events.model import EventData, Sealed
from ieum.common.events.programme import Programme
from ieum.common.events.programme_file import load_programme
from ieum.common.kernel.ids import derived_id
from ieum.common.service.settings import REPOSITORY

PROGRAMME = "yes-matching-2022"
FILE = REPOSITORY / "deploy" / "cities" / "daegu" / "programmes" / f"{PROGRAMME}.yaml"
AT = datetime(2022, 2, 10, 1, 30, tzinfo=UTC)
SOURCE = "/ieum/test/intake"
_ROOT = UUID("0193a000-0000-7000-8000-000000000003")


def uid(name: str) -> UUID:
    return derived_id(_ROOT, name)


def event(data: EventData, subject: UUID | str, *, sequence: int = 1, at: datetime = AT) -> Event:
    id_ = uid(f"{data.event_type}/{subject}/{sequence}")
    attributes = Attributes(id_, SOURCE, at, str(subject), sequence, "story")
    headers = [(name, value.encode()) for name, value in headers_of(data.event_type, attributes)]
    return Event(
        id=id_,
        type=data.event_type,
        source=SOURCE,
        time=at,
        subject=str(subject),
        sequence=sequence,
        correlation_id="story",
        causation_id=None,
        topic=data.topic,
        partition=0,
        offset=0,
        key=str(subject).encode(),
        headers=headers,
        value=data.model_dump_json().encode(),
        data=data,
    )


def definition(**changes: Any) -> Programme:
    """YES! Matching of 2022 with changes in its matching rules."""
    programme = load_programme(FILE)
    return programme.model_copy(update={"matching": programme.matching.model_copy(update=changes)})


def programme(**changes: Any) -> Event:
    made = definition(**changes)
    data = ProgrammePublished(
        programme=made.id, version=made.version, definition=made.model_dump(mode="json")
    )
    return event(data, made.id)


def firm(name: str) -> Event:
    data = OrganisationRegistered(name=f"{name}(가상)", roles=["workplace"], district="27110")
    return event(data, uid(f"firm {name}"))


def opening(name: str, *, capacity: int = 1, **changes: Any) -> Event:
    """An opening `name` at a firm of that name, in 중구, for design."""
    plain = {
        "programme": PROGRAMME,
        "organisation": uid(f"firm {name}"),
        "code": name,
        "title": f"{name} 일경험",
        "capacity": capacity,
        "district": "27110",
        "field": "디자인",
        "skills": ["Figma", "UX"],
    }
    return event(OpeningPublished.model_validate({**plain, **changes}), uid(name))


def profile(**changes: Any) -> PersonProfile:
    plain = {"birth_date": date(1998, 5, 1), "skills": ["figma"], "fields": ["디자인"]}
    return PersonProfile.model_validate({**plain, **changes})


def person(name: str, sealed: Sealed | None, *, district: str = "27110") -> Event:
    data = PersonRegistered(
        private={"profile": sealed} if sealed else {},
        district=district,
        life_stage="youth",
        agency="daegu-youth-centre",
        basis="PIPA 15(1)3",
    )
    return event(data, uid(name))


def changed(name: str, sealed: Sealed, *, district: str, sequence: int = 2) -> Event:
    data = PersonChanged(
        private={"profile": sealed}, district=district, life_stage="youth", agency="a", basis="PIPA 15(1)3"
    )
    return event(data, uid(name), sequence=sequence)


def erased(name: str, *classes: str) -> Event:
    """A day after everybody applied."""
    data = PersonErased(record_classes=list(classes))
    return event(data, uid(name), sequence=2, at=AT + timedelta(days=1))


def application(name: str, *choices: str, at: datetime = AT) -> Event:
    """The application of the person `name`."""
    data = ApplicationSubmitted(
        person=uid(name),
        programme=PROGRAMME,
        programme_version=1,
        choices=[uid(choice) for choice in choices],
        channel="csv",
        agency="daegu-youth-centre",
        submitted_at=at,
    )
    return event(data, uid(f"application {name}"), at=at)


def chose_anew(name: str, *choices: str, sequence: int = 2) -> Event:
    """Other choices of the person `name`."""
    data = ApplicationChanged(
        person=uid(name), programme=PROGRAMME, choices=[uid(choice) for choice in choices]
    )
    return event(data, uid(f"application {name}"), sequence=sequence)


def withdrawn(name: str) -> Event:
    data = ApplicationWithdrawn(person=uid(name), programme=PROGRAMME)
    return event(data, uid(f"application {name}"), sequence=2)
