"""HTTP routes of people. Nothing is shown in clear unless a reason is given, which is recorded."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints
from starlette.requests import Request

from ieum.common.events.intake import Certificate, PersonContact, PersonProfile
from ieum.common.events.programme import DistrictCode, Name
from ieum.common.kernel.dates import korean_date, parse_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.kernel.phones import to_e164
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, create, requires, unit
from ieum.intake.people import actions, domain
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import NewPerson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ieum.common.postgres import Tx
    from ieum.intake.people.store import PersonRow

router = APIRouter(tags=["people"])

T = TypeVar("T")

Line = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Items = Annotated[list[Line], Field(max_length=30)]
Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]


class SeenCertificate(Body):
    """A certificate of a status, e.g. near-poor, with the day it was seen and its last day, if it has one."""

    status: Name
    seen_on: Line
    expires_on: Line | None = None


class RegisterPerson(Body):
    """A person tells their story. Dates and phones as people write them; `district` is a five-digit code."""

    name: Line
    birth_date: Line
    phone: Line | None = None
    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    district: DistrictCode
    employment: Literal["unemployed", "employed", "self-employed", "student"] = "unemployed"
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
    language: Literal["ko", "en"] = "ko"


class PersonView(BaseModel):
    """A person: `sealed` while nothing is opened; `contact` and `profile` only for a reason."""

    id: UUID
    sealed: bool
    erased: bool
    district: str
    life_stage: str
    language: str
    agency: str
    registered_at: datetime
    contact: PersonContact | None = None
    profile: PersonProfile | None = None


class PersonList(BaseModel):
    """Who was found, at most 50, the first registered first."""

    items: list[PersonView]


@router.post("/people", status_code=201)
async def register(
    request: Request, body: RegisterPerson, principal: Principal = requires("citizen", "staff")
) -> PersonView:
    """Register a person; the data is sealed before it is stored."""
    here = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        person = read(body, here, korean_date(tx.now))
        if tx.actor.kind == "person":
            domain.check_consent(person.profile.birth_date, korean_date(tx.now))
            domain.check_uncertified(person.profile)
        return (await actions.register(tx, here, [person]))[0]

    async def show(tx: Tx, id_: UUID) -> PersonView:
        return view(await actions.shown(tx, here, id_))

    return await create(request, principal, body, purposes.INTAKE, do=do, show=show)


@router.get("/people")
async def search(
    request: Request,
    phone: Annotated[str | None, Query(max_length=40)] = None,
    birth_date: Annotated[str | None, Query(max_length=40)] = None,
    name: Annotated[str | None, Query(min_length=2, max_length=60)] = None,
    principal: Principal = requires("staff"),
) -> PersonList:
    """Find people by keyed hashes: by phone, birth date or a part of the name, all that is given."""
    if phone is None and birth_date is None and name is None:
        raise Refusal(
            "search-empty",
            ko="전화번호, 생년월일, 성명 가운데 하나는 적어 주십시오.",
            en="Give a phone number, a birth date or a name.",
        )
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.find(
            tx,
            Desk.of(request.app.state.service),
            phone=to_e164(phone) if phone else None,
            birth_date=parse_date(birth_date) if birth_date else None,
            name=name,
        )
        return PersonList(items=[view(row) for row in found])


@router.get("/people/{id}")
async def show_person(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: Reason = None,
    principal: Principal = requires("citizen", "staff"),
) -> PersonView:
    """One person. With `reveal` the private data is opened, and the access recorded with that reason."""
    if reveal and (found := find_forbidden(reveal)):
        raise refusal(found.kind)
    purpose = purposes.INTAKE if "staff" in principal.roles else purposes.OWN_DATA
    async with unit(request, principal, purpose) as tx:
        row = await actions.shown(tx, Desk.of(request.app.state.service), id)
        if reveal is None:
            return view(row)
        return view(row, *await actions.reveal(tx, row, reason=reveal))


def view(
    row: PersonRow, contact: PersonContact | None = None, profile: PersonProfile | None = None
) -> PersonView:
    """A person as shown."""
    return PersonView(
        id=row.id,
        sealed=contact is None and profile is None,
        erased=row.erased_at is not None,
        district=row.district,
        life_stage=row.life_stage,
        language=row.language,
        agency=row.agency,
        registered_at=row.registered_at,
        contact=contact,
        profile=profile,
    )


def read(body: RegisterPerson, here: Desk, today: date) -> NewPerson:
    """The person of a body; raises Refusal with the field's pointer."""
    contact = PersonContact(
        name=_field("/name", domain.name_of, body.name),
        phone=_field("/phone", to_e164, body.phone) if body.phone else None,
        email=_field("/email", domain.email_of, body.email) if body.email else None,
    )
    domain.check_reachable(contact)
    with _at("/birth_date"):
        born = domain.birth_date_of(body.birth_date, today)
    domain.check_district(here.city, body.district, today)
    profile = PersonProfile(
        birth_date=born,
        employment=body.employment,
        moving_in=_field("/moving_in", parse_date, body.moving_in) if body.moving_in else None,
        skills=list(dict.fromkeys(body.skills)),
        fields=list(dict.fromkeys(body.fields)),
        experience_months=body.experience_months,
        groups=list(dict.fromkeys(body.groups)),
        household_size=body.household_size,
        income_monthly_won=body.income_monthly_won,
        certificates=[_certificate(one, place, today) for place, one in enumerate(body.certificates)],
        service_years=body.service_years,
        works_or_studies_in=list(dict.fromkeys(body.works_or_studies_in)),
    )
    return NewPerson(contact, profile, body.district, body.language)


def _certificate(seen: SeenCertificate, place: int, today: date) -> Certificate:
    at = f"/certificates/{place}"
    certificate = Certificate(
        status=seen.status,
        seen_on=_field(f"{at}/seen_on", parse_date, seen.seen_on),
        expires_on=_field(f"{at}/expires_on", parse_date, seen.expires_on) if seen.expires_on else None,
    )
    with _at(at):
        domain.check_certificate(certificate, today)
    return certificate


def _field(pointer: str, read_: Callable[[str], T], text: str) -> T:
    with _at(pointer):
        return read_(text)


@contextmanager
def _at(pointer: str) -> Iterator[None]:
    """Give a refusal of a value the place of its field."""
    try:
        yield
    except Refusal as refused:
        refused.pointer = pointer
        raise
