"""HTTP routes of organisations."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake import Role
from ieum.common.events.intake_staff import VerificationSource
from ieum.common.events.programme import DistrictCode
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.ids import new_id
from ieum.common.kernel.korean import normalise
from ieum.common.privacy import purposes
from ieum.common.service.city import City
from ieum.common.web import (
    Body,
    BusinessNumber,
    CorporateNumber,
    Principal,
    Version,
    create,
    etag,
    example,
    requires,
    unit,
)
from ieum.intake.organisations import actions
from ieum.intake.organisations.store import Organisation
from ieum.intake.people import domain as people

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["organisations"])

LIST_MAX = 500


class RegisterOrganisation(Body):
    """A legal body in one or more roles; `district` is a five-digit code; `email` its public mailbox."""

    model_config = example({"name": "(가상) 이음소프트", "roles": ["workplace"], "district": "27260"})

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    roles: Annotated[list[Role], Field(min_length=1, max_length=6)]
    district: DistrictCode
    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    business_number: BusinessNumber | None = None
    corporate_number: CorporateNumber | None = None

    def values(self, city: City, today: date) -> dict[str, Any]:
        """What is kept of it; raises Refusal for a district that is none today."""
        people.check_district(city, self.district, today)
        return self.model_dump() | {
            "name": normalise(self.name),
            "roles": list(dict.fromkeys(self.roles)),
            "email": people.email_of(self.email) if self.email else None,
        }


class VerifyOrganisation(Body):
    """With which document or register it was compared, on which day (KST), and that document's number."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"source": "business-registration", "on": "2026-11-20"}]}
    )

    source: VerificationSource
    on: date
    number: Annotated[str, StringConstraints(min_length=1, max_length=60)] | None = None


class Verification(BaseModel):
    """By which account it was compared with what, and when."""

    source: VerificationSource
    number: str | None
    on: date
    by: str
    at: datetime


class OrganisationView(BaseModel):
    """An organisation; `version` is what If-Match takes. `verified` None: nobody saw its papers yet."""

    id: UUID
    name: str
    roles: list[Role]
    district: str
    email: str | None
    business_number: str | None
    corporate_number: str | None
    registered_at: datetime
    version: int
    verified: Verification | None


class OrganisationList(BaseModel):
    """The newest first."""

    items: list[OrganisationView]


@router.post("/organisations", status_code=201)
async def register(
    request: Request, body: RegisterOrganisation, principal: Principal = requires("staff", "operator")
) -> OrganisationView:
    """Register an organisation."""
    city = request.app.state.service.city

    async def do(tx: Tx) -> UUID:
        values = body.values(city, korean_date(tx.now))
        organisation = Organisation(id=new_id(tx.now), registered_at=tx.now, **values)
        return await actions.register(tx, organisation)

    return await create(request, principal, body, purposes.INTAKE, do=do, show=_shown)


@router.get("/organisations")
async def list_organisations(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 100,
    principal: Principal = requires(),
) -> OrganisationList:
    """The newest organisations."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return OrganisationList(items=[_view(one) for one in await actions.newest(tx, limit)])


@router.get("/organisations/{id}")
async def show_organisation(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> OrganisationView:
    """One organisation."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return _tagged(response, await actions.shown(tx, id))


@router.put("/organisations/{id}")
async def change(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: RegisterOrganisation,
    version: Version,
    principal: Principal = requires("staff", "operator"),
) -> OrganisationView:
    """Change an organisation; with another name or number it must be verified anew."""
    city = request.app.state.service.city
    async with unit(request, principal, purposes.INTAKE) as tx:
        values = body.values(city, korean_date(tx.now))
        return _tagged(response, await actions.change(tx, id, version, values))


@router.post("/organisations/{id}/verification")
async def verify(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: VerifyOrganisation,
    version: Version,
    principal: Principal = requires("official", "operator"),
) -> OrganisationView:
    """Say that its name and numbers were compared with a document or register."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        one = await actions.verify(tx, id, version, source=body.source, number=body.number, on=body.on)
        return _tagged(response, one)


async def _shown(tx: Tx, id_: UUID) -> OrganisationView:
    return _view(await actions.shown(tx, id_))


def _tagged(response: Response, one: Organisation) -> OrganisationView:
    response.headers["ETag"] = etag(one.sequence)
    return _view(one)


def _view(one: Organisation) -> OrganisationView:
    verified = one.verified_at and Verification.model_validate(
        {
            "source": one.verification_source,
            "number": one.verification_number,
            "on": one.verified_on,
            "by": one.verified_by,
            "at": one.verified_at,
        }
    )
    return OrganisationView.model_validate(
        vars(one) | {"roles": list(one.roles), "version": one.sequence, "verified": verified}
    )
