"""HTTP routes of calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake_contacts import Direction
from ieum.common.kernel.phones import to_e164
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, Version, create, etag, requires, unit
from ieum.intake.contacts.bodies import NoteBody, Staff, example, said
from ieum.intake.contacts.calls import actions
from ieum.intake.contacts.calls.actions import Result
from ieum.intake.contacts.calls.domain import Call, CallState
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["contacts"])

DUE_AHEAD = timedelta(hours=1)


class BeginCall(Body):
    """A call to (`out`) or from (`in`) a person. `number`: not their own one; checked, not kept."""

    model_config = example(person="019f38a8-1e87-7e79-9631-e602bf5fbd30", direction="out")
    person: UUID
    direction: Direction
    number: Staff | None = None


class EndCall(Body):
    """What came of it; `call_back_at` goes with `call-back`."""

    model_config = example(outcome="call-back", call_back_at="2026-11-24T02:00:00Z")
    outcome: Literal["answered", "no-answer", "wrong-number", "call-back"]
    note: NoteBody | None = None
    call_back_at: AwareDatetime | None = None


class CallView(BaseModel):
    """A call; `neutral`: say no word of what it is about to whoever answers."""

    id: UUID
    person: UUID
    agency: str
    direction: Direction
    neutral: bool
    state: CallState
    call_back_at: datetime | None
    by: str
    begun_at: datetime
    done_at: datetime | None
    version: int


class CallList(BaseModel):
    """Calls after which somebody is to be called back, the first due first."""

    items: list[CallView]


@router.post("/calls", status_code=201)
async def begin_call(
    request: Request, body: BeginCall, principal: Principal = requires("staff", "official")
) -> CallView:
    """Begin a call; refused where the person asked not to be reached so, or at this hour."""
    desk = Desk.of(request.app.state.service)
    number = to_e164(body.number) if body.number else None

    async def do(tx: Tx) -> UUID:
        return await actions.begin(tx, desk, body.person, body.direction, number=number)

    async def show(tx: Tx, id_: UUID) -> CallView:
        return _view(await actions.shown(tx, id_))

    return await create(request, principal, body, purposes.INTAKE, do=do, show=show)


@router.get("/calls")
async def list_calls_to_make(
    request: Request, principal: Principal = requires("staff", "official")
) -> CallList:
    """Whom one's agency is to call back within the hour, or should have."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.to_call_back(tx, tx.now + DUE_AHEAD)
    return CallList(items=[_view(one) for one in found])


@router.get("/calls/{id}")
async def show_call(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff", "official"),
) -> CallView:
    """One call, its version as ETag; what was noted is with the contact of the same id."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.shown(tx, id)
    response.headers["ETag"] = etag(found.version)
    return _view(found)


@router.post("/calls/{id}/result")
async def end_call(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: EndCall,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CallView:
    """Record what came of a call."""
    desk = Desk.of(request.app.state.service)
    result = Result(body.outcome, said(body.note), body.call_back_at)
    async with unit(request, principal, purposes.INTAKE) as tx:
        call = await actions.end(tx, desk, id, result, version=version)
    response.headers["ETag"] = etag(call.version)
    return _view(call)


def _view(call: Call) -> CallView:
    return CallView(**vars(call))
