"""HTTP routes of visits: the front desk's, and the windows'. Changes take `If-Match`."""

# ruff: noqa: FAST003 - the path's `id` is read by the dependency `_asked`

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, create, etag, requires, unit
from ieum.intake.contacts import actions as contacts
from ieum.intake.contacts.bodies import said
from ieum.intake.contacts.recording import own_agency
from ieum.intake.contacts.visits import actions, bodies, views
from ieum.intake.contacts.visits.actions import NewVisit
from ieum.intake.contacts.visits.domain import Move, Visit
from ieum.intake.contacts.visits.views import QueueView, VisitList, VisitView, WindowView
from ieum.intake.people.actions import Desk
from ieum.intake.reasons import OptionalReason

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["contacts"])


@dataclass(frozen=True)
class Asked:
    """A request to change one visit or window, as its caller has read it."""

    request: Request
    response: Response
    principal: Principal
    id: UUID
    version: int

    @property
    def desk(self) -> Desk:
        """What use cases need."""
        return Desk.of(self.request.app.state.service)


def _asked(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> Asked:
    return Asked(request, response, principal, id, version)


Changing = Annotated[Asked, Depends(_asked)]


@router.post("/visits", status_code=201)
async def take_visit(
    request: Request, body: bodies.TakeVisit, principal: Principal = requires("staff", "official")
) -> VisitView:
    """Take a visit once at the front desk; each window gets it at once, under a neutral number."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return await actions.take(tx, desk, NewVisit(**dict(body)))

    return await create(request, principal, body, purposes.INTAKE, do=do, show=_view)


@router.get("/visits")
async def list_visits(request: Request, principal: Principal = requires("staff", "official")) -> VisitList:
    """The visits that one's front desk took today (KST)."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.of_day(tx)
        windows = await actions.windows(tx, [one.id for one in found])
    return VisitList(items=[views.visit_view(one, windows) for one in found])


@router.get("/visits/{id}")
async def show_visit(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: OptionalReason = None,
    principal: Principal = requires("staff", "official"),
) -> VisitView:
    """One visit, its version as ETag. With `reveal` its story is opened, and that is recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        visit = await actions.shown(tx, id)
        opened = await contacts.reveal(tx, id, reason=reveal) if reveal else None
        windows = await actions.windows(tx, [id])
    response.headers["ETag"] = etag(visit.version)
    return views.visit_view(visit, windows, opened)


@router.post("/visits/{id}/windows", status_code=201)
async def hand_on(asked: Changing, body: bodies.HandOn) -> VisitView:
    """Hand a visit on to more windows."""

    async def do(tx: Tx) -> UUID:
        return await actions.hand_on(tx, asked.desk, asked.id, body.agencies, version=asked.version)

    # The id is in the path alone: with the body, so that a key serves one visit.
    sent = asked.id.bytes + body.model_dump_json().encode()
    return await create(asked.request, asked.principal, sent, purposes.INTAKE, do=do, show=_view)


@router.post("/visits/{id}/person")
async def identify(asked: Changing, body: bodies.Identify) -> VisitView:
    """Say who came without a name, once they are registered."""
    async with unit(asked.request, asked.principal, purposes.INTAKE) as tx:
        visit = await actions.identify(tx, asked.desk, asked.id, body.person, version=asked.version)
        return await _answered(tx, asked, visit)


@router.post("/visits/{id}/departure")
async def depart(asked: Changing) -> VisitView:
    """The visitor went home; for the front desk."""
    async with unit(asked.request, asked.principal, purposes.INTAKE) as tx:
        visit = await actions.depart(tx, asked.desk, asked.id, version=asked.version)
        return await _answered(tx, asked, visit)


@router.get("/windows")
async def show_queue(request: Request, principal: Principal = requires("staff", "official")) -> QueueView:
    """Who waits at one's own agency or was called, in the order of the queue."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return views.queue_view(await actions.queue(tx, own_agency(tx)))


@router.get("/windows/{id}")
async def show_window(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: OptionalReason = None,
    principal: Principal = requires("staff", "official"),
) -> WindowView:
    """One window's part, its version as ETag. With `reveal` what it noted is opened, and that is recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        window = await actions.window(tx, id)
        opened = await contacts.reveal(tx, id, reason=reveal) if reveal else None
    response.headers["ETag"] = etag(window.version)
    return views.window_view(window, opened=opened)


@router.post("/windows/{id}/call")
async def call(asked: Changing, body: bodies.Call) -> WindowView:
    """Call the visitor, to a place that says nothing of what it is about; may be called again."""
    return await _move(asked, "call", place=body.place)


@router.post("/windows/{id}/put-back")
async def put_back(asked: Changing) -> WindowView:
    """The visitor did not come: to the end of the queue."""
    return await _move(asked, "put-back")


@router.post("/windows/{id}/service")
async def serve(asked: Changing, body: bodies.Serve) -> WindowView:
    """The window has served the visitor, which is a contact; and may hand on in the same breath."""
    return await _move(asked, "serve", body=body)


@router.post("/windows/{id}/departure")
async def leave(asked: Changing) -> WindowView:
    """The visitor left before this window had served."""
    return await _move(asked, "leave")


async def _move(
    asked: Asked, command: Move, *, place: str | None = None, body: bodies.Serve | None = None
) -> WindowView:
    noted, hand_on = (said(body.note), body.hand_on) if body else (None, [])
    step = actions.Asked(asked.id, asked.version, command, place, noted, hand_on)
    async with unit(asked.request, asked.principal, purposes.INTAKE) as tx:
        window = await actions.move(tx, asked.desk, step)
    asked.response.headers["ETag"] = etag(window.version)
    return views.window_view(window)


async def _view(tx: Tx, id_: UUID) -> VisitView:
    return views.visit_view(await actions.shown(tx, id_), await actions.windows(tx, [id_]))


async def _answered(tx: Tx, asked: Asked, visit: Visit) -> VisitView:
    asked.response.headers["ETag"] = etag(visit.version)
    return await _view(tx, visit.id)
