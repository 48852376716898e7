"""HTTP routes of people. Nothing is shown in clear unless a reason is given, which is recorded."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake import PersonContact, PersonProfile
from ieum.common.kernel.dates import korean_date, parse_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.kernel.phones import to_e164
from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, create, etag, requires, unit
from ieum.intake.people import actions, correcting, domain
from ieum.intake.people.actions import Desk
from ieum.intake.people.bodies import CorrectPerson, RegisterPerson, corrected, read
from ieum.intake.people.domain import Representative

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.people.store import PersonRow

router = APIRouter(tags=["people"])

Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]


class RegistrationView(BaseModel):
    """How a person was registered, and by what right somebody spoke for them; who, only for a reason."""

    channel: str
    recorded_by: str
    relation: str | None = None
    document: str | None = None
    seen_on: date | None = None
    representative: Representative | None = None


class PersonView(BaseModel):
    """A person: `sealed` while nothing is opened; `contact` and `profile` only for a reason.

    `version` is the ETag to be sent as If-Match by who changes it. `merged_into`: who this person is now.
    `duplicates`: to staff who register somebody, who else may be the same person.
    """

    id: UUID
    version: int
    sealed: bool
    erased: bool
    district: str
    life_stage: str
    language: str
    agency: str
    registered_at: datetime
    merged_into: UUID | None = None
    duplicates: list[UUID] = []
    contact: PersonContact | None = None
    profile: PersonProfile | None = None
    registration: RegistrationView | None = None


class PersonList(BaseModel):
    """Who was found, at most 50, the first registered first."""

    items: list[PersonView]


@router.post("/people", status_code=201)
async def register(
    request: Request,
    response: Response,
    body: RegisterPerson,
    principal: Principal = requires("citizen", "staff"),
) -> PersonView:
    """Register a person; the data is sealed before it is stored."""
    here = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        person = read(body, here.city, korean_date(tx.now))
        domain.check_registration(person, korean_date(tx.now), at_window=tx.actor.kind != "person")
        return (await actions.register(tx, here, [person]))[0]

    async def show(tx: Tx, id_: UUID) -> PersonView:
        shown = view(await actions.shown(tx, here, id_))
        if tx.actor.kind != "staff":  # who else is registered is nobody else's business
            return shown
        alike = [one.person for one in await actions.likely(tx, id_)]
        return shown.model_copy(update={"duplicates": alike})

    made = await create(request, principal, body, purposes.INTAKE, do=do, show=show)
    if isinstance(made, PersonView):  # else a ready answer, with another status
        response.headers["ETag"] = etag(made.version)
    return made


@router.get("/people")
async def search(
    request: Request,
    phone: Annotated[str | None, Query(min_length=1, max_length=40)] = None,
    birth_date: Annotated[str | None, Query(min_length=1, max_length=40)] = None,
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
    response: Response,
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
        response.headers["ETag"] = etag(row.sequence)
        registration = await _registration(tx, id, reveal)
        opened = await actions.reveal(tx, row, reason=reveal) if reveal else ()
        return view(row, *opened).model_copy(update={"registration": registration})


async def _registration(tx: Tx, person: UUID, reveal: str | None) -> RegistrationView | None:
    found = await actions.registration(tx, person)
    if found is None:
        return None
    who = found.representative
    return RegistrationView(
        channel=found.channel,
        recorded_by=found.recorded_by,
        **(vars(found.mandate) if found.mandate else {}),
        representative=await tx.reveal(who, Representative, reason=reveal) if who and reveal else None,
    )


@router.patch("/people/{id}")
async def correct(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: CorrectPerson,
    version: Version,
    principal: Principal = requires("citizen", "staff"),
) -> PersonView:
    """Correct or complete what is known of a person. If-Match says which version was read."""
    here = Desk.of(request.app.state.service)
    async with unit(request, principal, purposes.INTAKE) as tx:
        today = korean_date(tx.now)
        row = await correcting.correct(
            tx, here, id, lambda person: corrected(body, person, here.city, today), version=version
        )
    response.headers["ETag"] = etag(row.sequence)
    return view(row)


def view(
    row: PersonRow, contact: PersonContact | None = None, profile: PersonProfile | None = None
) -> PersonView:
    """A person as shown."""
    return PersonView(
        id=row.id,
        version=row.sequence,
        sealed=contact is None and profile is None,
        erased=row.erased_at is not None,
        district=row.district,
        life_stage=row.life_stage,
        language=row.language,
        agency=row.agency,
        registered_at=row.registered_at,
        merged_into=row.merged_into,
        contact=contact,
        profile=profile,
    )
