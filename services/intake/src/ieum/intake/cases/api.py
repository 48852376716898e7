"""HTTP routes of cases. A change takes `If-Match` with the version that was read, and an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake_cases import CaseState, Closing
from ieum.common.events.programme import Name
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, Version, create, etag, requires, unit
from ieum.intake.cases import actions, records, views
from ieum.intake.cases.actions import Change
from ieum.intake.cases.private import Note, Topic
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

Staff = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Long = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Do = Callable[["Tx", Desk], Awaitable[UUID]]
WON_MAX = 10_000_000_000


def _example(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class Assign(Body):
    """Who shall have the case."""

    model_config = _example(owner="lee")
    owner: Staff


class HandOver(Body):
    """All open cases of one owner go to another, as the one leaves."""

    model_config = _example(**{"from": "lee", "to": "park"})
    from_: Annotated[Staff, Field(alias="from")]
    to: Staff


class HandedOver(BaseModel):
    """How many cases went over."""

    cases: int


class Step(Body):
    """Where the case goes; `reason` is sealed."""

    model_config = _example(to="assess", reason="방문하여 확인하였습니다.")
    to: Literal["advance", "assess", "plan", "monitor", "follow-up"]
    reason: Long | None = None


class Close(Body):
    """Why the case ends: a code that is told, and words that are sealed."""

    model_config = _example(reason="goals-met", words="목표를 모두 이루었습니다.")
    reason: Closing
    words: Long | None = None


class Reopen(Body):
    """Why a closed case goes on; sealed. Whoever reopens it owns it."""

    model_config = _example(reason="다시 도움이 필요하다고 연락해 오셨습니다.")
    reason: Long


class Join(Body):
    """A registered person of the same household."""

    model_config = _example(person="01900000-0000-7000-8000-00000000c002")
    person: UUID


class SetGoal(Body):
    """A goal of the plan; sealed."""

    model_config = _example(goal="하루 두 끼를 거르지 않습니다.", due_on="2026-12-31")
    goal: Long
    due_on: date


class Provide(Body):
    """A service that was provided: both days included, cost in won. All of it is told: no names."""

    model_config = _example(
        service="meal-delivery", provider="daegu-welfare-centre", since="2026-11-01", until="2026-11-30",
        cost_won=210000,
    )  # fmt: skip
    service: Name
    provider: Name
    since: date
    until: date
    cost_won: Annotated[int, Field(ge=0, le=WON_MAX)] = 0


class Participant(Body):
    """Who took part, by role and agency."""

    role: Name
    agency: Name


class Confer(Body):
    """A case conference; the decision is sealed."""

    model_config = _example(
        held_on="2026-11-20", decision="통합사례관리 대상으로 정합니다.",
        participants=[{"role": "supervisor", "agency": "daegu-social-service"}],
    )  # fmt: skip
    held_on: date
    participants: Annotated[list[Participant], Field(min_length=1, max_length=50)]
    decision: Long


class WriteNote(Body):
    """A restricted note for the staff named, beside whoever writes it."""

    model_config = _example(topic="mental-health", text="(가상) 상담 내용", readers=["park"])
    topic: Topic
    text: Long
    readers: Annotated[list[Staff], Field(max_length=20)] = []


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
