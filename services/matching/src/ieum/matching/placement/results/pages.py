"""A person's result as a page: reasons, waiting numbers, answers, review and weekly reports by forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter
from pydantic import StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ieum.common.events.matching import Explanation
from ieum.common.kernel.dates import KST, korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, render, requires, unit
from ieum.common.web.texts import Text
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions
from ieum.matching.placement.domain import Match
from ieum.matching.placement.reasons import DECLINING, ENDING, WITHDRAWN, Declining, Ending
from ieum.matching.placement.reports import actions as reports
from ieum.matching.placement.reports.domain import Report, Week, monday
from ieum.matching.placement.reviews import actions as reviews
from ieum.matching.placement.seeing import check, hidden

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Application

TEMPLATES = Path(__file__).parent / "templates"
FIELDS_MAX = 12

router = APIRouter(include_in_schema=False)

_Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}$")]  # forms know text alone
_Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
_Words = Annotated[str, StringConstraints(max_length=4000)]


class Form(Body):
    """Which button was pressed, and what was filled in beside it."""

    do: Literal["accept", "decline", "review", "leave", "report", "confirm"]
    match: UUID | None = None
    why: Declining | Ending | None = None
    note: _Words | None = None
    week: _Day | None = None
    hours: _Number | None = None
    days_present: _Number | None = None
    days_absent: _Number | None = None
    text: _Words | None = None
    version: _Number | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A match as the page shows it; `report` is the newest of last week, where the place was started."""

    match: Match
    opening: str
    workplace: str
    until: str
    reports: list[Report]
    texts: dict[UUID, str]


STATES = {
    "proposed": Text("제안을 받으셨습니다. 답변을 기다립니다.", "A place is offered to you. Please answer."),
    "accepted": Text("수락하셨습니다. 곧 시작합니다.", "You have accepted; it has not begun yet."),
    "declined": Text("거절하셨습니다.", "You have declined."),
    "expired": Text("답변 기한이 지나 종료되었습니다.", "The time to answer has passed."),
    "started": Text("참여하고 계십니다.", "You are taking part."),
    "completed": Text("마치셨습니다. 수고하셨습니다.", "You have completed it."),
    "ended_early": Text("중도에 종료되었습니다.", "It ended early."),
    "accepted-elsewhere": Text(
        "다른 자리를 수락하셔서 종료되었습니다.", "It ended, as you accepted another place."
    ),
    "withdrawn": Text("신청을 취소하셔서 종료되었습니다.", "It ended, as you withdrew your application."),
}
APPLICATION = {
    "waiting": Text("신청을 확인하고 있습니다.", "Your application is being looked at."),
    "ranked": Text("신청 자격이 확인되었습니다.", "You may take part in this programme."),
    "ineligible": Text("신청 자격이 확인되지 않았습니다.", "The rules of this programme are not met."),
    "withdrawn": Text("취소하신 신청입니다.", "You withdrew this application."),
    "erased": Text("삭제된 신청입니다.", "This application was erased."),
}
OUTCOMES = {
    "upheld": Text("받아들여졌습니다", "upheld"),
    "dismissed": Text("받아들여지지 않았습니다", "dismissed"),
    "withdrawn": Text("취하하셨습니다", "taken back"),
}


@router.get("/applications/{id}/result")
async def show(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> Response:
    """What became of an application, and why. Looking at it is recorded."""
    try:
        async with unit(request, principal, purposes.MATCHING) as tx:
            application = await markets.application(tx, id)
            await check(tx, principal, application)
            return await _page(request, tx, principal, application)
    except Refusal as refused:
        return _refused(request, refused)


@router.post("/applications/{id}/result")
async def act(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen"),
) -> Response:
    """A button of the page; clicked twice, it happens once."""
    try:
        form = _read(await request.body())
        async with unit(request, principal, purposes.MATCHING) as tx:
            await check(tx, principal, await markets.application(tx, id))
            await _do(tx, id, form)
    except Refusal as refused:
        return _refused(request, refused)
    return RedirectResponse(request.url.path, 303)  # so that loading it again sends nothing again


async def _do(tx: Tx, application: UUID, form: Form) -> None:
    if form.match is None:
        if form.do != "review":
            raise _unreadable()
        return await reviews.of_application(tx, application)
    if (await actions.find(tx, form.match)).application != application:
        raise hidden()
    match form.do:
        case "accept":
            await actions.answer(tx, form.match, "accept")
        case "decline" if form.why in DECLINING:
            await actions.answer(tx, form.match, "decline", form.why, form.note)
        case "leave" if form.why in ENDING:
            await actions.end_early(tx, form.match, korean_date(tx.now), str(form.why), form.note)
        case "review":
            await reviews.of_match(tx, form.match)
        case "report":
            await _report(tx, form.match, _week(form))
        case "confirm" if form.week and form.version:
            await reports.confirm(tx, form.match, _day(form.week), int(form.version))
        case _:
            raise _unreadable()
    return None


async def _report(tx: Tx, match: UUID, week: Week) -> None:
    """Write it, unless the newest version says the same: a second click corrects nothing."""
    mine = [one for one in await reports.of(tx, match) if one.week == week.week][-1:]
    if mine and mine[0].written_by == "person":
        same = (mine[0].hours, mine[0].days_present, mine[0].days_absent)
        told = await reports.read(tx, mine)
        if same == (week.hours, week.days_present, week.days_absent) and told.get(mine[0].id) == week.text:
            return
    await reports.write(tx, match, week)


def _week(form: Form) -> Week:
    hours, present, absent = form.hours or "x", form.days_present or "x", form.days_absent or "x"
    try:
        week = Week(_day(form.week or ""), int(hours), int(present), int(absent), form.text or "")
    except ValueError:
        raise _unreadable() from None
    if not week.text or week.hours > 112 or max(week.days_present, week.days_absent) > 7:  # noqa: PLR2004
        raise _unreadable()
    return week


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable() from None


def _read(raw: bytes) -> Form:
    try:
        pairs = parse_qsl(raw.decode(), max_num_fields=FIELDS_MAX)
        return Form.model_validate({name: value for name, value in pairs if name != "csrf"})
    except (ValidationError, ValueError):
        raise _unreadable() from None


async def _page(request: Request, tx: Tx, principal: Principal, application: Application) -> Response:
    sealed = application.explanation
    told = await tx.reveal(sealed, Explanation, reason="result-page") if sealed else None
    definition = await markets.programme(tx, application.programme)
    programme = definition.name
    waiting = (await actions.waiting(tx, [application.id])).get(application.id, [])
    today = korean_date(tx.now)
    matches = [await _match(tx, match) for match in await actions.matches_of(tx, application.id)]
    titles = await markets.openings(tx, {one.opening for one in waiting})
    return render(
        request,
        "result.html.j2",
        application=application,
        programme=Text(programme.ko, programme.en),
        state=APPLICATION[application.state],
        told=told,
        waiting=[(titles[one.opening].title, one.number) for one in waiting if one.opening in titles],
        matches=matches[::-1],
        interviews=_interviews(request, application.id) if definition.matching.interviews else None,
        receipts=[
            _receipt(request, one, application.id) for one in await actions.rounds_of(tx, application.id)
        ],
        review=await reviews.shown(tx, application.id, matches[-1].match.id if matches else None),
        acts=principal.subject == str(application.person),
        states=STATES,
        outcomes=OUTCOMES,
        declining=DECLINING,
        ending=ENDING,
        reasons={**DECLINING, **ENDING, "withdrawn": WITHDRAWN},
        last_week=monday(today).fromordinal(monday(today).toordinal() - 7),
        today=today,
    )


async def _match(tx: Tx, match: Match) -> Shown:
    opening = (await markets.openings(tx, [match.opening])).get(match.opening)
    names = await markets.names(tx, [match.organisation])
    versions = {one.week: one for one in await reports.of(tx, match.id)}
    newest = list(versions.values())
    return Shown(
        match,
        opening.title if opening else "",
        names.get(match.organisation, ""),
        f"{match.answer_by.astimezone(KST):%Y-%m-%d %H:%M}",
        newest,
        await reports.read(tx, newest),
    )


def _interviews(request: Request, application: UUID) -> str:
    return f"/{request.app.state.web.service}/applications/{application}/interviews/page"


def _receipt(request: Request, round_: UUID, application: UUID) -> str:
    return f"/{request.app.state.web.service}/rounds/{round_}/applications/{application}/receipt"


def _unreadable() -> Refusal:
    return Refusal(
        "form-unreadable",
        ko="입력하신 내용을 확인해 주십시오.",
        en="Please check what was entered.",
    )


def _refused(request: Request, refused: Refusal) -> Response:
    text = Text(refused.ko, refused.en)
    return render(request, "answer-refused.html.j2", status=refused.status, text=text)
