"""HTTP routes of outreach. A record from the field takes no version: its stop is recorded once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake_contacts import ContactOutcome
from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, create, etag, requires, unit
from ieum.intake.contacts import actions as contacts
from ieum.intake.contacts.bodies import said
from ieum.intake.contacts.days import Day
from ieum.intake.contacts.outreach import actions, bodies
from ieum.intake.contacts.outreach.actions import Result
from ieum.intake.contacts.outreach.domain import Route, Stop, StopState
from ieum.intake.contacts.views import ContactView, NoteView, notes_view, view
from ieum.intake.people.actions import Desk
from ieum.intake.reasons import OptionalReason

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["contacts"])


class StopView(BaseModel):
    """A stop in the order of the day; what came of it is the contact of the same id."""

    id: UUID
    place: int
    person: UUID | None
    district: str
    state: StopState
    carried_from: UUID | None
    outcome: ContactOutcome | None = None
    at: datetime | None = None
    notes: list[NoteView] | None = None


class RouteView(BaseModel):
    """A worker's day."""

    id: UUID
    agency: str
    worker: str
    day: date
    version: int
    stops: list[StopView]


class RouteList(BaseModel):
    """Days of one's agency, at most 200."""

    items: list[RouteView]


@router.post("/outreach/routes", status_code=201)
async def plan_route(
    request: Request, body: bodies.PlanRoute, principal: Principal = requires("staff", "official")
) -> RouteView:
    """Plan a worker's day; planned again, the stops come after those that are there."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        stops = [bodies.new_stop(one) for one in body.stops]
        return await actions.plan(tx, desk, body.worker, body.day, stops, order=body.order)

    return await create(request, principal, body, purposes.INTAKE, do=do, show=_show)


@router.get("/outreach/routes")
async def list_routes(
    request: Request,
    since: Day,
    worker: Annotated[str | None, Query(max_length=200)] = None,
    principal: Principal = requires("staff", "official"),
) -> RouteList:
    """The days of one's agency from a day on (KST)."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.listed(tx, since, worker)
        return RouteList(items=[await _view(tx, one) for one in found])


@router.get("/outreach/routes/{id}")
async def show_route(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: OptionalReason = None,
    principal: Principal = requires("staff", "official"),
) -> RouteView:
    """A day, its version as ETag. With `reveal` addresses and notes are opened, and that is recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        route = await actions.shown(tx, id)
        response.headers["ETag"] = etag(route.version)
        return await _view(tx, route, reveal=reveal)


@router.post("/outreach/routes/{id}/stops", status_code=201)
async def add_stop(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: bodies.StopBody,
    principal: Principal = requires("staff", "official"),
) -> RouteView:
    """Add a stop at the end of a day, such as somebody met on the way."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        await actions.add(tx, desk, id, bodies.new_stop(body))
        return id

    # The id is in the path alone: with the body, so that a key serves one route.
    sent = id.bytes + body.model_dump_json().encode()
    return await create(request, principal, sent, purposes.INTAKE, do=do, show=_show)


@router.put("/outreach/routes/{id}/order")
async def reorder(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: bodies.Reorder,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> RouteView:
    """Put the stops of a day into another order."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        route = await actions.reorder(tx, id, body.stops, version=version)
        response.headers["ETag"] = etag(route.version)
        return await _view(tx, route)


@router.post("/outreach/stops/{id}/result", status_code=201)
async def record_stop(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: bodies.RecordStop,
    principal: Principal = requires("staff", "official"),
) -> ContactView:
    """Record what came of a stop, also later than it was; the same record sent twice adds nothing."""
    desk = Desk.of(request.app.state.service)
    result = Result(body.outcome, body.at, said(body.note), body.again_on)

    async def do(tx: Tx) -> UUID:
        return await actions.record(tx, desk, id, result)

    async def show(tx: Tx, id_: UUID) -> ContactView:
        contact, _ = await contacts.shown(tx, id_)
        return view(contact, None)

    sent = id.bytes + body.model_dump_json().encode()
    return await create(request, principal, sent, purposes.INTAKE, do=do, show=show)


async def _show(tx: Tx, id_: UUID) -> RouteView:
    return await _view(tx, await actions.shown(tx, id_))


async def _view(tx: Tx, route: Route, *, reveal: str | None = None) -> RouteView:
    stops = await actions.stops(tx, [route.id])
    came = {one.id: one for one in await contacts.of_parts(tx, route.id)}
    views = []
    for stop in stops:
        opened = await contacts.reveal(tx, stop.id, reason=reveal) if reveal else None
        contact = came.get(stop.id)
        views.append(
            StopView(
                **_plain(stop),
                outcome=contact.outcome if contact else None,
                at=contact.at if contact else None,
                notes=notes_view(opened),
            )
        )
    head = {name: getattr(route, name) for name in ("id", "agency", "worker", "day", "version")}
    return RouteView(**head, stops=views)


def _plain(stop: Stop) -> dict[str, object]:
    names: Sequence[str] = ("id", "place", "person", "district", "state", "carried_from")
    return {name: getattr(stop, name) for name in names}
