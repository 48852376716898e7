"""HTTP routes of counselling sessions. Changes take `If-Match`."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake_contacts import SessionState
from ieum.common.kernel.dates import KST
from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, create, etag, requires, unit
from ieum.intake.contacts import actions as contacts
from ieum.intake.contacts.bodies import NoteBody, said, times
from ieum.intake.contacts.counselling import actions, bodies
from ieum.intake.contacts.counselling.actions import NewSession, Result
from ieum.intake.contacts.counselling.domain import Session, Times
from ieum.intake.contacts.days import Day
from ieum.intake.contacts.notes import Opened
from ieum.intake.contacts.recording import Said
from ieum.intake.contacts.views import Label, NoteView, notes_view
from ieum.intake.people.actions import Desk
from ieum.intake.reasons import OptionalReason

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["contacts"])


class SessionView(BaseModel):
    """A session; `started_at` and `ended_at` are the real times. `notes`: null until opened."""

    id: UUID
    person: UUID
    agency: str
    field: str
    counsellor: str
    planned_at: datetime
    planned_until: datetime
    state: SessionState
    started_at: datetime | None
    ended_at: datetime | None
    application: UUID | None
    opening: UUID | None
    case: UUID | None
    follows: UUID | None
    version: int
    notes: list[NoteView] | None = None


class SessionList(BaseModel):
    """Sessions of one's agency, the first first, at most 500."""

    items: list[SessionView]


class FieldView(BaseModel):
    """A field of counselling; `restricted`: its notes are for the staff named alone."""

    id: str
    name: Label
    restricted: bool


class FieldList(BaseModel):
    """The fields of the city."""

    items: list[FieldView]


@router.get("/counselling/fields")
async def list_fields(request: Request, principal: Principal = requires()) -> FieldList:  # noqa: ARG001
    """The fields in which the city counsels, as data of its pack."""
    return FieldList(
        items=[
            FieldView(id=one.id, name=Label(ko=one.name.ko, en=one.name.en), restricted=one.restricted)
            for one in request.app.state.service.city.counselling
        ]
    )


@router.post("/counselling/sessions", status_code=201)
async def plan_session(
    request: Request, body: bodies.PlanSession, principal: Principal = requires("staff", "official")
) -> SessionView:
    """Agree on a session; refused where the counsellor has another one then."""
    desk = Desk.of(request.app.state.service)
    new = NewSession(
        body.person,
        body.field,
        body.counsellor,
        Times(body.planned_at, body.planned_until),
        body.application,
        body.opening,
        body.case,
    )

    async def do(tx: Tx) -> UUID:
        return await actions.plan(tx, desk, new)

    return await create(request, principal, body, purposes.INTAKE, do=do, show=_show)


@router.get("/counselling/sessions")
async def list_sessions(
    request: Request,
    since: Day,
    days: Annotated[int, Query(ge=1, le=366)] = 7,
    counsellor: Annotated[str | None, Query(max_length=200)] = None,
    person: UUID | None = None,
    principal: Principal = requires("staff", "official"),
) -> SessionList:
    """The sessions of one's agency planned from a day on (KST)."""
    start = datetime.combine(since, time(), KST)
    span = Times(start, start + timedelta(days=days))
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.listed(tx, span, counsellor=counsellor, person=person)
    return SessionList(items=[_view(one) for one in found])


@router.get("/counselling/sessions/{id}")
async def show_session(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: OptionalReason = None,
    principal: Principal = requires("staff", "official"),
) -> SessionView:
    """One session, its version as ETag. With `reveal` the notes that name one are opened, and recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        session = await actions.shown(tx, id)
        opened = await contacts.reveal(tx, id, reason=reveal) if reveal else None
    response.headers["ETag"] = etag(session.version)
    return _view(session, opened)


@router.post("/counselling/sessions/{id}/schedule")
async def schedule_session(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: bodies.ScheduleSession,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> SessionView:
    """Move a session that has not taken place, or give it to another counsellor."""
    desk, span = Desk.of(request.app.state.service), Times(body.planned_at, body.planned_until)
    async with unit(request, principal, purposes.INTAKE) as tx:
        session = await actions.schedule(tx, desk, id, span, version=version, counsellor=body.counsellor)
    return _answered(response, session)


@router.post("/counselling/sessions/{id}/result")
async def finish_session(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: bodies.FinishSession,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> SessionView:
    """Record how a session went, which is a contact, and agree on the next."""
    desk = Desk.of(request.app.state.service)
    result = Result(body.outcome, times(body.real), said(body.note), times(body.next))
    async with unit(request, principal, purposes.INTAKE) as tx:
        session = await actions.finish(tx, desk, id, result, version=version)
    return _answered(response, session)


@router.post("/counselling/sessions/{id}/cancellation")
async def cancel_session(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> SessionView:
    """Cancel a session that has not taken place."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        session = await actions.cancel(tx, Desk.of(request.app.state.service), id, version=version)
    return _answered(response, session)


@router.post("/counselling/sessions/{id}/notes", status_code=201)
async def write_session_note(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: NoteBody,
    principal: Principal = requires("staff", "official"),
) -> SessionView:
    """Write one more note about a session that took place."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return await actions.write_note(tx, desk, id, Said(body.text, body.topic, body.readers))

    # The id is in the path alone: with the body, so that a key serves one session.
    sent = id.bytes + body.model_dump_json().encode()
    return await create(request, principal, sent, purposes.INTAKE, do=do, show=_show)


async def _show(tx: Tx, id_: UUID) -> SessionView:
    return _view(await actions.shown(tx, id_))


def _answered(response: Response, session: Session) -> SessionView:
    response.headers["ETag"] = etag(session.version)
    return _view(session)


def _view(session: Session, opened: list[Opened] | None = None) -> SessionView:
    values = {name: getattr(session, name) for name in SessionView.model_fields if hasattr(session, name)}
    return SessionView(**values, case=session.case_id, notes=notes_view(opened))
