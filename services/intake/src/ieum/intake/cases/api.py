"""HTTP routes of cases. A change takes `If-Match` with the version that was read, and an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake_cases import CaseState
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, Version, create, etag, requires, unit
from ieum.intake.cases import actions, records, views
from ieum.intake.cases.actions import Change
from ieum.intake.cases.bodies import (
    Assign,
    Close,
    Confer,
    HandedOver,
    HandOver,
    Join,
    Provide,
    Reopen,
    SetGoal,
    Step,
    WriteNote,
)
from ieum.intake.cases.private import Note
from ieum.intake.cases.views import (
    CaseList,
    CaseView,
    NoteView,
    OptionalReason,
    Reason,
    ReporterView,
)
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["cases"])

Do = Callable[["Tx", Desk], Awaitable[UUID]]


@router.get("/cases")
async def list_cases(
    request: Request,
    owner: Annotated[str | None, Query(max_length=200)] = None,
    state: CaseState | None = None,
    overdue: bool = False,
    closed: bool = False,
    principal: Principal = requires("staff", "official"),
) -> CaseList:
    """The open cases of one's agency, the first due first; with `closed` the closed ones too."""
    city = request.app.state.service.city
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await records.listed(
            tx, owner=owner, state=state, overdue=overdue, closed=closed or state == "closed"
        )
        return CaseList(items=[views.line(case, persons, city) for case, persons in found])


@router.post("/cases/handover")
async def hand_over(
    request: Request, body: HandOver, principal: Principal = requires("staff", "official")
) -> HandedOver:
    """Hand over all open cases of one owner at once; said again it changes nothing."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        desk = Desk.of(request.app.state.service)
        return HandedOver(cases=await actions.hand_over(tx, desk, body.from_, body.to))


@router.get("/cases/{id}")
async def show_case(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: OptionalReason = None,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """One case, its version as ETag. With `reveal` its words are opened, and that is recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await records.shown(tx, id)
        opened = await records.reveal(tx, found, reason=reveal) if reveal else None
    response.headers["ETag"] = etag(found.case.version)
    return views.view(found, request.app.state.service.city, opened)


@router.get("/cases/{id}/reporter")
async def show_reporter(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: Reason,
    principal: Principal = requires("staff", "official"),
) -> ReporterView:
    """Who reported, for the case's owner and the agency's lead; recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await records.reporter(tx, Desk.of(request.app.state.service), id, reason=reveal)
        return ReporterView(**found.model_dump()) if found else ReporterView()


@router.get("/cases/{id}/notes/{note}")
async def open_note(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    note: UUID,
    reveal: Reason,
    principal: Principal = requires("staff", "official"),
) -> NoteView:
    """A restricted note, for the staff it names; recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        row, opened = await records.open_note(tx, id, note, reason=reveal)
    line = views.NoteLine(**vars(row))
    return NoteView(
        **dict(line), topic=opened.topic if opened else None, text=opened.text if opened else None
    )


@router.post("/cases/{id}/owner", status_code=201)
async def assign(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: Assign,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """Give the case to somebody, oneself among them."""

    async def do(tx: Tx, desk: Desk) -> UUID:
        return (await actions.change(tx, desk, Change(id, version, "assign", owner=body.owner))).id

    return await _changed(request, response, principal, id, body, do)


@router.post("/cases/{id}/steps", status_code=201)
async def move(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: Step,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """End the present step: on to the next one of the same state, or to the next state."""

    async def do(tx: Tx, desk: Desk) -> UUID:
        asked = Change(id, version, body.to, words=body.reason)
        if body.to == "plan":
            return await records.plan(tx, desk, asked)
        return (await actions.change(tx, desk, asked)).id

    return await _changed(request, response, principal, id, body, do)


@router.post("/cases/{id}/closing", status_code=201)
async def close(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: Close,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """Close the case; before follow-up is over, the lead alone does."""

    async def do(tx: Tx, desk: Desk) -> UUID:
        asked = Change(id, version, "close", words=body.words, more={"reason": body.reason})
        return (await actions.change(tx, desk, asked)).id

    return await _changed(request, response, principal, id, body, do)


@router.post("/cases/{id}/reopening", status_code=201)
async def reopen(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: Reopen,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """Open a closed case again, with counselling."""

    async def do(tx: Tx, desk: Desk) -> UUID:
        return (await actions.change(tx, desk, Change(id, version, "reopen", words=body.reason))).id

    return await _changed(request, response, principal, id, body, do)


@router.post("/cases/{id}/persons", status_code=201)
async def join(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: Join,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """Add a person of the same household."""

    async def do(tx: Tx, desk: Desk) -> UUID:
        return (await actions.join(tx, desk, Change(id, version, "join"), body.person)).id

    return await _changed(request, response, principal, id, body, do)


@router.post("/cases/{id}/goals", status_code=201)
async def set_goal(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: SetGoal,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """Add a goal to the plan."""

    async def do(tx: Tx, desk: Desk) -> UUID:
        return await records.set_goal(tx, desk, Change(id, version, "set-goal"), body.goal, body.due_on)

    return await _changed(request, response, principal, id, body, do)


@router.post("/cases/{id}/services", status_code=201)
async def provide(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: Provide,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """Record a service that was provided."""

    async def do(tx: Tx, desk: Desk) -> UUID:
        return await records.provide(tx, desk, Change(id, version, "provide"), **dict(body))

    return await _changed(request, response, principal, id, body, do)


@router.post("/cases/{id}/conferences", status_code=201)
async def confer(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: Confer,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """Record a case conference."""
    participants = [{"role": one.role, "agency": one.agency} for one in body.participants]

    async def do(tx: Tx, desk: Desk) -> UUID:
        asked = Change(id, version, "confer")
        return await records.confer(
            tx, desk, asked, held_on=body.held_on, participants=participants, decision=body.decision
        )

    return await _changed(request, response, principal, id, body, do)


@router.post("/cases/{id}/notes", status_code=201)
async def write_note(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: WriteNote,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> CaseView:
    """Write a restricted note; only whom it names will know of it."""

    async def do(tx: Tx, desk: Desk) -> UUID:
        note = Note(topic=body.topic, text=body.text)
        return await records.write_note(tx, desk, Change(id, version, "note"), note, body.readers)

    return await _changed(request, response, principal, id, body, do)


async def _changed(
    request: Request, response: Response, principal: Principal, id_: UUID, body: Body, do: Do
) -> CaseView:
    """Change a case once per key, and answer with the case and its new ETag."""
    desk = Desk.of(request.app.state.service)

    async def once(tx: Tx) -> UUID:
        return await do(tx, desk)

    async def show(tx: Tx, shown: UUID) -> CaseView:
        return views.view(await records.shown(tx, shown), desk.city)

    # The id is in the path alone: with the body, so that a key serves one case.
    asked = id_.bytes + body.model_dump_json().encode()
    made = await create(request, principal, asked, purposes.INTAKE, do=once, show=show)
    if isinstance(made, CaseView):
        response.headers["ETag"] = etag(made.version)
    return made
