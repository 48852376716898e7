"""Builders of events as notify reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from ieum.common.events.envelope import Event
from ieum.common.events.intake import (
    OpeningPublished,
    OrganisationRegistered,
    PersonRegistered,
    ProgrammePublished,
)
from ieum.common.events.matching import MatchRanked, Suggestion
from ieum.common.events.model import EventData, Sealed
from ieum.common.kernel.ids import derived_id
from ieum.common.service.settings import REPOSITORY

CITY = REPOSITORY / "deploy" / "cities" / "daegu"
PROGRAMME = "yes-matching-2022"
AT = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
_ROOT = UUID("0193a000-0000-7000-8000-000000000002")


def uid(name: str) -> UUID:
    return derived_id(_ROOT, name)


PERSON, FIRM, OPENING, APPLICATION, MATCH = (
    uid(n) for n in ("person", "firm", "opening", "application", "match")
)


def event(
    data: EventData,
    subject: UUID | str = MATCH,
    *,
    sequence: int = 1,
    name: str | None = None,
    at: datetime = AT,
) -> Event:
    """An event of this data; the same `name` gives the same id."""
    return Event(
        id=uid(name or f"{data.event_type}/{subject}/{sequence}"),
        type=data.event_type,
        source="/ieum/daegu/test",
        time=at,
        subject=str(subject),
        sequence=sequence,
        correlation_id="story",
        causation_id=None,
        topic=data.topic,
        partition=0,
        offset=0,
        key=str(subject).encode(),
        headers=[],
        value=b"",
        data=data,
    )


def registered(person: UUID, sealed: Sealed | None, *, sequence: int = 1, language: str = "ko") -> Event:
    data = PersonRegistered(
        private={"contact": sealed} if sealed else {},
        district="27110",
        life_stage="youth",
        language=language,  # type: ignore[arg-type]
        agency="daegu-youth-centre",
        basis="PIPA 15(1)3",
    )
    return event(data, person, sequence=sequence)


def firm(email: str | None = "jobs@firm.example.kr", firm_id: UUID = FIRM) -> Event:
    data = OrganisationRegistered(name="달구벌디자인", roles=["workplace"], district="27110", email=email)
    return event(data, firm_id)


def opening(opening_id: UUID = OPENING, title: str = "웹 디자이너", firm_id: UUID = FIRM) -> Event:
    data = OpeningPublished(
        programme=PROGRAMME,
        organisation=firm_id,
        code="A-1",
        title=title,
        capacity=1,
        district="27110",
        field="design",
    )
    return event(data, opening_id)


def programme() -> Event:
    from ieum.common.events.programme_file import load_programme

    definition = load_programme(CITY / "programmes" / f"{PROGRAMME}.yaml")
    data = ProgrammePublished(
        programme=PROGRAMME, version=definition.version, definition=definition.model_dump(mode="json")
    )
    return event(data, PROGRAMME)


def ranked(
    person: UUID = PERSON,
    application: UUID = APPLICATION,
    *,
    eligible: bool = True,
    sequence: int = 1,
    sealed: Sealed | None = None,
    openings: tuple[UUID, ...] = (OPENING,),
) -> Event:
    suggestions = [
        Suggestion(opening=one, organisation=FIRM, rank=rank, score=900)
        for rank, one in enumerate(openings, 1)
    ]
    data = MatchRanked(
        private={"application": sealed} if sealed else {},
        application=application,
        person=person,
        programme=PROGRAMME,
        eligible=eligible,
        suggestions=suggestions if eligible else [],
    )
    return event(data, application, sequence=sequence)
