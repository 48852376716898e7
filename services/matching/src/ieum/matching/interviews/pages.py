"""An opening's candidates and interviews as the workplace's page, a person's interviews as theirs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, render, requires, unit
from ieum.common.web.texts import Text
from ieum.matching.candidates import actions as candidates
from ieum.matching.candidates.sentences import why
from ieum.matching.interviews import actions, seeing
from ieum.matching.interviews.forms import PersonForm, WorkplaceForm, of_person, of_workplace, unreadable
from ieum.matching.interviews.reasons import CALLING_OFF, CHANGING, DECLINING, WORDS
from ieum.matching.markets import actions as markets

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Application, Opening

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 50

router = APIRouter(include_in_schema=False)

STATES = {
    "shortlisted": Text("면접 대상", "on the shortlist"),
    "invited": Text("시간 선택을 기다립니다", "invited; no time chosen yet"),
    "booked": Text("면접 시간이 정해졌습니다", "a time is chosen"),
    "held": Text("면접을 마쳤습니다", "held"),
    "missed": Text("참석하지 않았습니다", "did not come"),
    "declined": Text("참여하지 않습니다", "declined"),
    "called_off": Text("사업장이 취소하였습니다", "called off by the workplace"),
}


@router.get("/openings/{id}/candidates/page")
async def show_candidates(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    principal: Principal = requires(),
) -> Response:
    """Who chose an opening, blind and with reasons; its interviews, and the times offered."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        return await _workplace(request, tx, await candidates.opening(tx, principal, id), after)


@router.post("/openings/{id}/candidates/page")
async def act_on_candidates(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> Response:
    """A button; clicked twice, it happens once. What cannot be done is said on the page."""
    try:
        form = of_workplace(await request.body())
        async with unit(request, principal, purposes.MATCHING) as tx:
            await _do(tx, principal, await candidates.opening(tx, principal, id), form)
    except Refusal as refused:
        async with unit(request, principal, purposes.MATCHING) as tx:
            opening = await candidates.opening(tx, principal, id)
            return await _workplace(request, tx, opening, 0, refused)
    return RedirectResponse(request.url.path, 303)  # so that loading it again sends nothing again


async def _do(tx: Tx, principal: Principal, opening: Opening, form: WorkplaceForm) -> None:
    match form.do:
        case "shortlist" if form.candidate:
            return await actions.shortlist(tx, opening, [form.candidate])
        case "offer":
            return await actions.offer(tx, opening, [form.time()])
        case "invite":
            await actions.invite(tx, opening)
            return None
    if form.interview is None:
        raise unreadable()
    if (await seeing.held_by(tx, principal, form.interview)).opening != opening.id:
        raise seeing.hidden()
    match form.do:
        case "change" if form.moved:
            await actions.change(tx, form.interview, form.moved)
        case "call_off" if form.off:
            await actions.call_off(tx, form.interview, form.off)
        case "miss":
            await actions.miss(tx, form.interview)
        case "score":
            given = {name: int(points) for name, points in form.points.items()}
            await actions.hold(tx, form.interview, given)
        case _:
            raise unreadable()
    return None


async def _workplace(
    request: Request, tx: Tx, opening: Opening, after: int, refused: Refusal | None = None
) -> Response:
    neighbours = request.app.state.service.city.neighbours
    some, total = await candidates.candidates(tx, opening, after, SHOWN, neighbours)
    programme = await markets.programme(tx, opening.programme)
    rules = programme.matching.interviews
    interviews, slots = await actions.of_opening(tx, opening.id)
    return render(
        request,
        "candidates.html.j2",
        status=refused.status if refused else 200,
        opening=opening,
        programme=Text(programme.name.ko, programme.name.en),
        candidates=[(one, why(one, len(opening.skills))) for one in some],
        total=total,
        following=after + SHOWN if after + SHOWN < total else None,
        rules=rules,
        most=rules.per_place * opening.capacity if rules else 0,
        listed={one.candidate for one in interviews if one.state != "called_off"},
        interviews=interviews,
        slots=slots,
        now=tx.now,
        states=STATES,
        words=WORDS,
        changing=CHANGING,
        calling_off=CALLING_OFF,
        refused=Text(refused.ko, refused.en) if refused else None,
    )


@router.get("/applications/{id}/interviews/page")
async def show_own(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> Response:
    """The interviews that somebody was invited to, and the times to choose from."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        return await _person(request, tx, await seeing.application(tx, principal, id))


@router.post("/applications/{id}/interviews/page")
async def act_on_own(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> Response:
    """A button of the page; clicked twice, it happens once."""
    try:
        form = of_person(await request.body())
        async with unit(request, principal, purposes.MATCHING) as tx:
            await _answer(tx, principal, id, form)
    except Refusal as refused:
        async with unit(request, principal, purposes.MATCHING) as tx:
            application = await seeing.application(tx, principal, id)
            return await _person(request, tx, application, refused)
    return RedirectResponse(request.url.path, 303)


async def _answer(tx: Tx, principal: Principal, application: UUID, form: PersonForm) -> None:
    if (await seeing.of_person(tx, principal, form.interview)).application != application:
        raise seeing.hidden()
    if form.do == "book" and form.slot:
        await actions.book(tx, form.interview, form.slot)
    elif form.do == "decline" and form.why:
        await actions.decline(tx, form.interview, form.why)
    else:
        raise unreadable()


async def _person(
    request: Request, tx: Tx, application: Application, refused: Refusal | None = None
) -> Response:
    found = await actions.of_application(tx, application.id)
    openings = await markets.openings(tx, {one.opening for one in found})
    open_ = {one.opening for one in found if one.state in ("invited", "booked")}
    return render(
        request,
        "interviews.html.j2",
        status=refused.status if refused else 200,
        interviews=[(one, openings.get(one.opening)) for one in found],
        names=await markets.names(tx, {one.organisation for one in found}),
        free={opening: await actions.free_slots(tx, opening) for opening in open_},
        now=tx.now,
        states=STATES,
        words=WORDS,
        declining=DECLINING,
        refused=Text(refused.ko, refused.en) if refused else None,
    )
