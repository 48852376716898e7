"""HTTP routes of cases. A change takes `If-Match` with the version that was read, and an Idempotency-Key."""

# ruff: noqa: FAST003 - the path's `id` is read by the dependency `_asked`

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake_cases import CaseState
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, Version, create, etag, requires, unit
from ieum.intake.cases import actions, bodies, owning, records, views
from ieum.intake.cases.actions import Change
from ieum.intake.cases.domain import Command
from ieum.intake.cases.private import Note
from ieum.intake.cases.views import CaseList, CaseView, NoteView, ReporterView
from ieum.intake.people.actions import Desk
from ieum.intake.reasons import OptionalReason, Reason

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["cases"])

Do = Callable[["Tx", Desk], Awaitable[object]]


class HandedOver(BaseModel):
    """How many cases went over."""

    cases: int


@dataclass(frozen=True)
class Asked:
    """A request to change one case, as its caller has read it."""

    request: Request
    response: Response
    principal: Principal
    id: UUID
    version: int

    def to(self, command: Command, *, owner: str | None = None, words: str | None = None) -> Change:
        """The command on this case."""
        return Change(self.id, self.version, command, owner=owner, words=words)

    async def answer(self, body: Body, do: Do) -> CaseView:
        """Change the case once per key, and answer with it and its new ETag."""
        desk = Desk.of(self.request.app.state.service)

        async def once(tx: Tx) -> UUID:
            await do(tx, desk)
            return self.id

        async def show(tx: Tx, id_: UUID) -> CaseView:
            return views.view(await records.shown(tx, id_), desk.city)

        # The id is in the path alone: with the body, so that a key serves one case.
        sent = self.id.bytes + body.model_dump_json().encode()
        made = await create(self.request, self.principal, sent, purposes.INTAKE, do=once, show=show)
        if isinstance(made, CaseView):
            self.response.headers["ETag"] = etag(made.version)
        return made


def _asked(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    version: Version,
    principal: Principal = requires(),
) -> Asked:
    return Asked(request, response, principal, id, version)


Changing = Annotated[Asked, Depends(_asked)]


@router.get("/cases")
async def list_cases(
    request: Request,
    owner: Annotated[str | None, Query(max_length=200)] = None,
    state: CaseState | None = None,
    overdue: bool = False,
    closed: bool = False,
    principal: Principal = requires(),
) -> CaseList:
    """The open cases of one's agency, the first due first; with `closed` the closed ones too."""
    city = request.app.state.service.city
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await records.listed(
            tx, owner=owner, state=state, overdue=overdue, closed=closed or state == "closed"
        )
        return CaseList(items=[views.line(case, persons, city) for case, persons in found])


@router.post("/cases/handover")
async def hand_over(request: Request, body: bodies.HandOver, principal: Principal = requires()) -> HandedOver:
    """Hand over all open cases of one owner at once; said again it changes nothing."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        desk = Desk.of(request.app.state.service)
        return HandedOver(cases=await owning.hand_over(tx, desk, body.from_, body.to))


@router.get("/cases/{id}")
async def show_case(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: OptionalReason = None,
    principal: Principal = requires(),
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
    principal: Principal = requires(),
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
    principal: Principal = requires(),
) -> NoteView:
    """A restricted note, for the staff it names; recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        row, opened = await records.open_note(tx, id, note, reason=reveal)
    line = views.NoteLine(**vars(row))
    return NoteView(
        **dict(line), topic=opened.topic if opened else None, text=opened.text if opened else None
    )


@router.post("/cases/{id}/owner", status_code=201)
async def assign(asked: Changing, body: bodies.Assign) -> CaseView:
    """Give the case to somebody, oneself among them."""
    change = asked.to("assign", owner=body.owner)
    return await asked.answer(body, lambda tx, desk: actions.change(tx, desk, change))


@router.post("/cases/{id}/steps", status_code=201)
async def move(asked: Changing, body: bodies.Step) -> CaseView:
    """End the present step: on to the next one of the same state, or to the next state."""
    change = asked.to(body.to, words=body.reason)
    return await asked.answer(body, lambda tx, desk: records.move(tx, desk, change))


@router.post("/cases/{id}/closing", status_code=201)
async def close(asked: Changing, body: bodies.Close) -> CaseView:
    """Close the case; before follow-up is over, the lead alone does."""
    change = asked.to("close", words=body.words)
    return await asked.answer(body, lambda tx, desk: actions.change(tx, desk, change, reason=body.reason))


@router.post("/cases/{id}/reopening", status_code=201)
async def reopen(asked: Changing, body: bodies.Reopen) -> CaseView:
    """Open a closed case again, with counselling."""
    change = asked.to("reopen", words=body.reason)
    return await asked.answer(body, lambda tx, desk: actions.change(tx, desk, change))


@router.post("/cases/{id}/persons", status_code=201)
async def join(asked: Changing, body: bodies.Join) -> CaseView:
    """Add a person of the same household."""
    return await asked.answer(body, lambda tx, desk: actions.join(tx, desk, asked.to("join"), body.person))


@router.post("/cases/{id}/goals", status_code=201)
async def set_goal(asked: Changing, body: bodies.SetGoal) -> CaseView:
    """Add a goal to the plan."""
    change = asked.to("set-goal")
    return await asked.answer(
        body, lambda tx, desk: records.set_goal(tx, desk, change, body.goal, body.due_on)
    )


@router.post("/cases/{id}/services", status_code=201)
async def provide(asked: Changing, body: bodies.Provide) -> CaseView:
    """Record a service that was provided."""
    change = asked.to("provide")
    return await asked.answer(body, lambda tx, desk: records.provide(tx, desk, change, **dict(body)))


@router.post("/cases/{id}/conferences", status_code=201)
async def confer(asked: Changing, body: bodies.Confer) -> CaseView:
    """Record a case conference."""
    told = dict(body) | {"participants": [dict(one) for one in body.participants]}
    change = asked.to("confer")
    return await asked.answer(body, lambda tx, desk: records.confer(tx, desk, change, **told))


@router.post("/cases/{id}/notes", status_code=201)
async def write_note(asked: Changing, body: bodies.WriteNote) -> CaseView:
    """Write a restricted note; only whom it names will know of it."""
    note, change = Note(topic=body.topic, text=body.text), asked.to("note")
    return await asked.answer(body, lambda tx, desk: records.write_note(tx, desk, change, note, body.readers))
