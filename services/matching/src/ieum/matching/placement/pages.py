"""The page behind the link in a proposal's message: a person answers by telephone, without an account.

Plain HTML, no script. The name of the person stays out of it, as a message can be passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ieum.common.kernel.dates import KST
from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Actor
from ieum.common.privacy import answerlinks, purposes
from ieum.common.privacy.answerlinks import AnswerLink
from ieum.common.web import Body, render
from ieum.common.web.texts import Text
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions
from ieum.matching.placement.domain import Match
from ieum.matching.placement.reasons import DECLINING, Declining

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ieum.common.postgres import Tx
    from ieum.common.service.app import Service

TEMPLATES = Path(__file__).parent / "templates"
FIELDS_MAX = 5
PUBLIC = Actor("public", "answer-link")

router = APIRouter(include_in_schema=False)

REASONS = {code: Text(label.ko, label.en) for code, label in DECLINING.items()}
_STATES: Mapping[str, Text] = {
    "proposed": Text("답변을 기다립니다", "Waiting for your answer"),
    "accepted": Text("수락하셨습니다", "You have accepted"),
    "declined": Text("거절하셨습니다", "You have declined"),
    "expired": Text("답변 기한이 지나 종료되었습니다", "The time to answer has passed"),
    "started": Text("참여하고 계십니다", "You have started"),
    "completed": Text("마치셨습니다", "You have completed it"),
    "ended_early": Text("중도에 종료되었습니다", "It ended early"),
    "accepted-elsewhere": Text(
        "다른 자리를 수락하셔서 종료되었습니다", "It ended, as you accepted another place"
    ),
    "withdrawn": Text("신청을 취소하셔서 종료되었습니다", "It ended, as you withdrew your application"),
}


class Answer(Body):
    """The form: which button, and for `decline` why."""

    answer: Literal["accept", "decline"]
    reason: Declining | None = None


@router.get("/answers/{token}")
async def show(request: Request, token: str) -> Response:
    """The proposal. Opening it changes nothing: mail programs and scanners do so too."""
    try:
        async with _unit(request, PUBLIC) as tx:
            link, match = await _opened(request, tx, token)
            return await _page(request, tx, link, match)
    except Refusal as refused:
        return _refused(request, refused)


@router.post("/answers/{token}")
async def answer(request: Request, token: str) -> Response:
    """Answer by a button; clicked twice, it happens once."""
    try:
        body = _read(await request.body())
        async with _unit(request, PUBLIC) as tx:
            _, match = await _opened(request, tx, token)
        who = Actor("person", str(match.person), None, frozenset({"link"}))
        async with _unit(request, who) as tx:
            reason = body.reason if body.answer == "decline" else None
            await actions.answer(tx, match.id, body.answer, reason)
    except Refusal as refused:
        return _refused(request, refused)
    return RedirectResponse(request.url.path, 303)  # so that loading it again sends nothing again


@asynccontextmanager
async def _unit(request: Request, who: Actor) -> AsyncIterator[Tx]:
    service: Service = request.app.state.service
    correlation_id = request.state.correlation_id
    async with service.database.unit_of_work(who, purposes.MATCHING, correlation_id=correlation_id) as tx:
        yield tx


async def _opened(request: Request, tx: Tx, token: str) -> tuple[AnswerLink, Match]:
    """What a link stands for; raises Refusal 404 where it does not hold, or the person was forgotten."""
    link = answerlinks.read(token)
    try:
        match = await actions.find(tx, link.match)
    except Refusal:
        raise answerlinks.invalid() from None
    service: Service = request.app.state.service
    answerlinks.check(service.search, link, person=match.person, until=match.answer_by)
    if match.reason == "erased":
        raise answerlinks.invalid()
    return link, match


def _read(raw: bytes) -> Answer:
    try:
        return Answer.model_validate(dict(parse_qsl(raw.decode(), max_num_fields=FIELDS_MAX)))
    except (ValidationError, ValueError):
        raise Refusal(
            "answer-unreadable",
            ko="답변을 읽을 수 없습니다. 다시 선택해 주십시오.",
            en="The answer could not be read. Please choose again.",
        ) from None


async def _page(request: Request, tx: Tx, link: AnswerLink, match: Match) -> Response:
    late = match.state == "expired" or (match.state == "proposed" and tx.now > match.answer_by)
    state = "expired" if late else match.state
    released = match.reason if match.reason in _STATES else None
    programme = (await markets.programme(tx, match.programme)).name
    opening = (await markets.openings(tx, [match.opening])).get(match.opening)
    names = await markets.names(tx, [match.organisation])
    return render(
        request,
        "answer.html.j2",
        status=410 if late else 200,
        neutral=link.neutral,
        waiting=state == "proposed",
        state=_STATES[released or state],
        programme=Text(programme.ko, programme.en),
        opening=opening.title if opening else "",
        workplace=names.get(match.organisation, ""),
        rank=match.rank,
        until=f"{match.answer_by.astimezone(KST):%Y-%m-%d %H:%M}",
        reasons=REASONS,
    )


def _refused(request: Request, refused: Refusal) -> Response:
    text = Text(refused.ko, refused.en)
    return render(request, "answer-refused.html.j2", status=refused.status, text=text)
