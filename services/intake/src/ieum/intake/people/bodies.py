"""What people and staff type about a person, read field by field: dates and phones as people write them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, time
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints

from ieum.common.events.intake import (
    WORKING_TIMES,
    Certificate,
    ContactChannel,
    Hours,
    PersonContact,
    PersonProfile,
    SafeContact,
    Sex,
    TransitionStage,
    WorkingTime,
)
from ieum.common.events.programme import DistrictCode, Name
from ieum.common.kernel.dates import parse_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.phones import to_e164
from ieum.common.service.city import City
from ieum.common.web import Body, example
from ieum.intake.people import domain
from ieum.intake.people.domain import Document, Mandate, NewPerson, Relation, Representative

T = TypeVar("T")

Line = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Items = Annotated[list[Line], Field(max_length=30)]
WorkingTimes = Annotated[list[WorkingTime], Field(max_length=len(WORKING_TIMES))]
_LISTS = ("skills", "fields", "groups", "preferences", "works_or_studies_in", "working_times")
Email = Annotated[str, StringConstraints(max_length=254)]
Employment = Literal["unemployed", "employed", "self-employed", "student"]
Language = Literal["ko", "en"]


class HoursBody(Body):
    """Hours of the day in Korean time; may pass midnight."""

    start: time
    end: time


class SafeContactBody(Body):
    """Never these phones and addresses, never at these hours, in neutral words."""

    never: Annotated[list[Email], Field(max_length=10)] = []
    not_at: Annotated[list[HoursBody], Field(max_length=7)] = []
    neutral: bool = False


class RepresentativeBody(Body):
    """Who speaks for the person, and the document that staff have seen; a guardian must be reachable."""

    role: Literal["proxy", "guardian"]
    name: Line
    phone: Line | None = None
    email: Email | None = None
    relation: Relation
    document: Document
    seen_on: Line


class SeenCertificate(Body):
    """A certificate of a status, e.g. near-poor, with the day it was seen and its last day, if it has one."""

    status: Name
    seen_on: Line
    expires_on: Line | None = None


class Described(Body):
    """What is told of a person. Dates and phones as people write them; `district` is a five-digit code.

    `sex`: who wants may say it, for statistics alone; nothing is decided by it, and no workplace sees it.
    """

    phone: Line | None = None
    email: Email | None = None
    employment: Employment = "unemployed"
    moving_in: Line | None = None
    skills: Items = []
    fields: Items = []
    experience_months: int = Field(default=0, ge=0, le=1200)
    groups: Annotated[list[Name], Field(max_length=30)] = []
    household_size: int | None = Field(default=None, ge=1, le=20)
    income_monthly_won: int | None = Field(default=None, ge=0, le=999_999_999)
    certificates: Annotated[list[SeenCertificate], Field(max_length=20)] = []
    service_years: int = Field(default=0, ge=0, le=10)
    works_or_studies_in: Annotated[list[DistrictCode], Field(max_length=5)] = []
    language: Language = "ko"
    transition_stage: TransitionStage | None = None
    preferences: Items = []
    working_times: WorkingTimes = []
    sex: Sex | None = None
    channel: ContactChannel | None = None
    safe_contact: SafeContactBody | None = None


class RegisterPerson(Described):
    """A person tells their story."""

    model_config = example(
        {
            "name": "홍길동",
            "birth_date": "1997.3.5",
            "phone": "010-0123-4567",
            "email": "hong@mail.ieum.test",
            "district": "27290",
            "skills": ["웹 개발"],
        }
    )

    name: Line
    birth_date: Line
    district: DistrictCode
    received: Literal["self", "paper", "telephone"] = "self"
    representative: RepresentativeBody | None = None


class CorrectPerson(Described):
    """What is to be corrected or completed: fields left out stay, null takes a field's value away."""

    model_config = example({"phone": "010-0123-4568", "employment": "employed"})

    name: Line = ""
    birth_date: Line = ""
    district: DistrictCode = ""


def read(body: RegisterPerson, city: City, today: date) -> NewPerson:
    """The person of a body; raises Refusal with the field's pointer."""
    values = _values(body.model_dump(), today)
    person = NewPerson(
        PersonContact.model_validate(_of(PersonContact, values)),
        PersonProfile.model_validate(_of(PersonProfile, values)),
        body.district,
        body.language,
        channel=body.representative.role if body.representative else body.received,
        **(_spoken_for(body.representative) if body.representative else {}),
    )
    domain.check_reachable(person.contact)
    domain.check_district(city, body.district, today)
    return person


def _spoken_for(body: RepresentativeBody) -> dict[str, Any]:
    at = "/representative"
    who = Representative(
        name=_field(f"{at}/name", domain.name_of, body.name),
        phone=_field(f"{at}/phone", to_e164, body.phone) if body.phone else None,
        email=_field(f"{at}/email", domain.email_of, body.email) if body.email else None,
    )
    with _at(f"{at}/phone"):
        domain.check_reachable(who)
    seen_on = _field(f"{at}/seen_on", parse_date, body.seen_on)
    return {"representative": who, "mandate": Mandate(body.relation, body.document, seen_on)}


def corrected(body: CorrectPerson, person: NewPerson, city: City, today: date) -> NewPerson:
    """The person with what the body says; raises Refusal with the field's pointer."""
    said = body.model_dump(include=body.model_fields_set)
    values = _values(said, today)
    changed = NewPerson(
        person.contact.model_copy(update=_of(PersonContact, values)),
        person.profile.model_copy(update=_of(PersonProfile, values)),
        said.get("district", person.district),
        said.get("language", person.language),
    )
    domain.check_reachable(changed.contact)
    if "district" in said:
        domain.check_district(city, changed.district, today)
    return changed


def _of(model: type[PersonContact | PersonProfile], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in model.model_fields}


def _values(said: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Each field as it is kept; what is None stays None."""
    readers: dict[str, Callable[[Any], Any]] = {
        "name": domain.name_of,
        "birth_date": lambda text: domain.birth_date_of(text, today),
        "phone": to_e164,
        "email": domain.email_of,
        "moving_in": parse_date,
        "safe_contact": _safe_contact,
        **dict.fromkeys(_LISTS, _once),
    }
    values = {
        name: _field(f"/{name}", readers[name], value) if name in readers and value is not None else value
        for name, value in said.items()
    }
    if seen := values.get("certificates"):  # each has a place of its own
        values["certificates"] = [_certificate(one, place, today) for place, one in enumerate(seen)]
    return values


def _certificate(seen: Mapping[str, Any], place: int, today: date) -> Certificate:
    at, expires = f"/certificates/{place}", seen["expires_on"]
    certificate = Certificate(
        status=seen["status"],
        seen_on=_field(f"{at}/seen_on", parse_date, seen["seen_on"]),
        expires_on=_field(f"{at}/expires_on", parse_date, expires) if expires else None,
    )
    with _at(at):
        domain.check_certificate(certificate, today)
    return certificate


def _once(items: list[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _safe_contact(said: Mapping[str, Any]) -> SafeContact:
    return SafeContact(
        never=_once([domain.email_of(one) if "@" in one else to_e164(one) for one in said["never"]]),
        not_at=[Hours(**one) for one in said["not_at"]],
        neutral=said["neutral"],
    )


def _field(pointer: str, read_: Callable[[Any], T], value: Any) -> T:
    with _at(pointer):
        return read_(value)


@contextmanager
def _at(pointer: str) -> Iterator[None]:
    """Give a refusal of a value the place of its field."""
    try:
        yield
    except Refusal as refused:
        refused.pointer = pointer
        raise
