"""The page behind a signed link, for an agency without a system: plain HTML, no script, no name of a person.

Who the person is stays out of it, as a link can be passed on: the sending agency tells by telephone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter
from pydantic import StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ieum.common.events.intake_referrals import ReturnReason
from ieum.common.kernel.dates import KST
from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.web import Body, render
from ieum.common.web.texts import Text
from ieum.intake.people.actions import Desk
from ieum.intake.referrals import actions, domain, links
from ieum.intake.referrals.domain import Command, Referral
from ieum.intake.referrals.links import Link

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.common.service.app import Service

TEMPLATES = Path(__file__).parent / "templates"
FIELDS_MAX = 10
SENTENCE_LENGTH_MAX = 1000

router = APIRouter(include_in_schema=False)

_STATUS: Mapping[str, Text] = {
    "sent": Text("답변을 기다립니다", "Waiting for an answer"),
    "received": Text("답변을 기다립니다", "Waiting for an answer"),
    "accepted": Text("수락하셨습니다", "Accepted"),
    "returned": Text("돌려보내셨습니다", "Returned"),
    "served": Text("처리하셨습니다", "Done"),
    "closed": Text("끝난 건입니다", "Closed"),
}
_URGENCY: Mapping[str, Text] = {
    "normal": Text("보통", "Normal"),
    "soon": Text("빠른 처리", "Soon"),
    "urgent": Text("긴급", "Urgent"),
}
_LIFE_STAGE: Mapping[str, Text] = {
    "infancy": Text("영유아기", "Infancy"),
    "child": Text("아동·청소년기", "Childhood and teens"),
    "youth": Text("청년기", "Youth"),
    "middle-age": Text("중장년기", "Middle age"),
    "old-age": Text("노년기", "Old age"),
}


class Answer(Body):
    """The form: which button, and for `return` why."""

    answer: Literal["accept", "return", "serve"]
    reason: ReturnReason | None = None
    sentence: Annotated[str, StringConstraints(max_length=SENTENCE_LENGTH_MAX)] | None = None


@router.get("/links/{token}")
async def show(request: Request, token: str) -> Response:
    """The referral as far as its agency may see it. Opening it changes nothing: mail programs do so too."""
    try:
        async with _unit(request, token) as (tx, link):
            return _page(request, await actions.shown(tx, link.referral))
    except Refusal as refused:
        return _refused(request, refused)


@router.post("/links/{token}")
async def answer(request: Request, token: str) -> Response:
    """Answer by a button; clicked twice, it happens once."""
    try:
        body = _read(await request.body())
        async with _unit(request, token) as (tx, link):
            command = Command(body.answer, link.agency, body.reason, body.sentence)
            await actions.answer(tx, Desk.of(request.app.state.service), link, command)
    except Refusal as refused:
        return _refused(request, refused)
    return RedirectResponse(request.url.path, 303)  # so that loading it again sends nothing again


@asynccontextmanager
async def _unit(request: Request, token: str) -> AsyncIterator[tuple[Tx, Link]]:
    """A unit of work in the name of the link's agency; raises Refusal where the link does not hold."""
    service: Service = request.app.state.service
    link = links.read(service.search, token, service.clock.now())
    actor = Actor("staff", f"link/{link.referral}", link.agency, frozenset({"link"}))
    correlation_id = request.state.correlation_id
    async with service.database.unit_of_work(actor, purposes.INTAKE, correlation_id=correlation_id) as tx:
        yield tx, link


def _read(raw: bytes) -> Answer:
    try:
        pairs = parse_qsl(raw.decode(), max_num_fields=FIELDS_MAX)
        return Answer.model_validate(dict(pairs))
    except ValidationError as invalid:
        context = invalid.errors()[0].get("ctx", {})
        raise _unreadable(context.get("ko"), context.get("en")) from None
    except ValueError:
        raise _unreadable() from None


def _unreadable(ko: str | None = None, en: str | None = None) -> Refusal:
    return Refusal(
        "answer-unreadable",
        ko=ko or "답변을 읽을 수 없습니다. 다시 선택해 주십시오.",
        en=en or "The answer could not be read. Please choose again.",
    )


def _page(request: Request, referral: Referral) -> Response:
    city = request.app.state.service.city
    day = referral.sent_at.astimezone(KST).date()
    district = city.district_at(referral.district, day)
    return render(
        request,
        "link.html.j2",
        referral=referral,
        waiting=referral.status in ("sent", "received"),
        state=_STATUS[referral.status],
        urgency=_URGENCY[referral.urgency],
        life_stage=_LIFE_STAGE[referral.life_stage],
        district=district.name if district else Text(referral.district, referral.district),
        sent_on=f"{day:%Y-%m-%d}",
        reasons={code: Text(*text) for code, text in domain.REASONS.items() if code != "no-answer"},
    )


def _refused(request: Request, refused: Refusal) -> Response:
    text = Text(refused.ko, refused.en)
    return render(request, "link-refused.html.j2", status=refused.status, text=text)
