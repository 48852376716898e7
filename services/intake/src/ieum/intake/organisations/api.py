"""HTTP routes of organisations."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints
from starlette.requests import Request

from ieum.common.events.intake import Role
from ieum.common.events.programme import DistrictCode
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.ids import new_id
from ieum.common.kernel.korean import normalise
from ieum.common.privacy import purposes
from ieum.common.web import Body, BusinessNumber, Principal, create, example, requires, unit
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


class OrganisationView(BaseModel):
    """An organisation as registered."""

    id: UUID
    name: str
    roles: list[Role]
    district: str
    email: str | None
    business_number: str | None
    registered_at: datetime


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
        people.check_district(city, body.district, korean_date(tx.now))
        organisation = Organisation(
            id=new_id(tx.now),
            name=normalise(body.name),
            roles=list(dict.fromkeys(body.roles)),
            district=body.district,
            email=people.email_of(body.email) if body.email else None,
            business_number=body.business_number,
            registered_at=tx.now,
        )
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
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> OrganisationView:
    """One organisation."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return await _shown(tx, id)


async def _shown(tx: Tx, id_: UUID) -> OrganisationView:
    return _view(await actions.shown(tx, id_))


def _view(one: Organisation) -> OrganisationView:
    return OrganisationView.model_validate(one, from_attributes=True)
