"""HTTP routes of openings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints
from starlette.requests import Request

from ieum.common.events.intake import WORKING_TIMES, WorkingTime
from ieum.common.events.programme import DistrictCode, Name, Places
from ieum.common.kernel.ids import new_id
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, create, example, requires, unit
from ieum.intake.openings import actions
from ieum.intake.openings.domain import Opening

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["openings"])

WorkingTimes = Annotated[list[WorkingTime], Field(max_length=len(WORKING_TIMES))]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class PublishOpening(Body):
    """An opening; wage in won an hour, `code` is how people call it in files, e.g. Y22-001.

    `working_times`: when whoever takes it is needed; empty where it does not matter.
    """

    model_config = example(
        {
            "programme": "city-walks-2022",
            "organisation": "0193a000-0000-7000-8000-000000000002",
            "code": "W22-001",
            "title": "수성못 한 바퀴",
            "capacity": 12,
            "district": "27260",
            "field": "걷기",
            "working_times": ["sat-am"],
        }
    )

    programme: Name
    organisation: UUID
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")]
    title: Line
    capacity: Places
    district: DistrictCode
    field: Line
    skills: Annotated[list[Line], Field(max_length=30)] = []
    wage_hourly_won: int | None = Field(default=None, ge=1, le=10_000_000)
    hours_per_week: int | None = Field(default=None, ge=1, le=52)
    months: int | None = Field(default=None, ge=1, le=120)
    contract: Line | None = None
    working_times: WorkingTimes = []


class OpeningView(BaseModel):
    """An opening as published."""

    id: UUID
    programme: str
    organisation: UUID
    code: str
    title: str
    capacity: int
    district: str
    field: str
    skills: list[str]
    wage_hourly_won: int | None
    hours_per_week: int | None
    months: int | None
    contract: str | None
    published_at: datetime
    working_times: list[WorkingTime]


class OpeningList(BaseModel):
    """A programme's openings, by code."""

    items: list[OpeningView]


@router.post("/openings", status_code=201)
async def publish(request: Request, body: PublishOpening, principal: Principal = requires()) -> OpeningView:
    """Publish an opening; below that year's minimum wage it is refused."""
    service = request.app.state.service
    only = service.settings.verified_openings_only

    async def do(tx: Tx) -> UUID:
        opening = Opening(id=new_id(tx.now), published_at=tx.now, **body.model_dump())
        return await actions.publish(tx, service.city, opening, verified_only=only)

    return await create(request, principal, body, purposes.INTAKE, do=do, show=_shown)


@router.get("/openings")
async def list_openings(
    request: Request,
    programme: Annotated[str, Query(max_length=60)],
    principal: Principal = requires(),
) -> OpeningList:
    """A programme's openings."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return OpeningList(items=[_view(one) for one in await actions.of_programme(tx, programme)])


@router.get("/openings/{id}")
async def show_opening(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> OpeningView:
    """One opening."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return await _shown(tx, id)


async def _shown(tx: Tx, id_: UUID) -> OpeningView:
    return _view(await actions.shown(tx, id_))


def _view(one: Opening) -> OpeningView:
    return OpeningView.model_validate(one, from_attributes=True)
