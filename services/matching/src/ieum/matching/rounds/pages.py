"""A round as a page, for the officials who run it and the auditors who look: plain HTML, no script."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter
from pydantic import StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, render, requires, unit
from ieum.common.web.texts import Text
from ieum.matching.markets import actions as markets
from ieum.matching.rounds import actions, contributing, refilling, store
from ieum.matching.rounds.looking import see
from ieum.matching.rounds.running import run

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.matching.rounds.domain import Round

TEMPLATES = Path(__file__).parent / "templates"
FIELDS_MAX = 5

router = APIRouter(include_in_schema=False)

STATES: Mapping[str, Text] = {
    "opened": Text("신청을 받고 있습니다", "Open for applications"),
    "closed": Text(
        "신청이 마감되었습니다. 추첨 값을 공개하는 중입니다", "Closed; the lottery is being revealed"
    ),
    "computed": Text(
        "계산과 검증이 끝나 확정을 기다립니다", "Computed and verified; waiting for confirmation"
    ),
    "confirmed": Text("확정되어 제안을 보냈습니다", "Confirmed; proposals are out"),
    "sent_back": Text("반려되었습니다", "Sent back"),
    "ended": Text("종료되었습니다", "Ended"),
}


class Step(Body):
    """Which button, and why where it is `return`."""

    do: Literal["close", "compute", "confirm", "return", "end"]
    reason: Annotated[str, StringConstraints(max_length=500)] = ""


@router.get("/rounds/{id}/page")
async def show(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> Response:
    """How a round stands: lottery, list, ties, exceptions, certificate, refills."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        return await _page(request, tx, await actions.find(tx, id), principal)


@router.post("/rounds/{id}/page")
async def act(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> Response:
    """A button; clicked twice, it happens once. What cannot be done now is said on the page."""
    try:
        await _do(request, principal, id, _read(await request.body()))
    except Refusal as refused:
        async with unit(request, principal, purposes.MATCHING) as tx:
            return await _page(request, tx, await actions.find(tx, id), principal, refused)
    return RedirectResponse(request.url.path, 303)  # so that loading it again sends nothing again


async def _do(request: Request, principal: Principal, id_: UUID, step: Step) -> None:
    if step.do == "compute":
        await run(request, principal, id_)
        return
    async with unit(request, principal, purposes.MATCHING) as tx:
        match step.do:
            case "close":
                await actions.close(tx, id_)
            case "confirm":
                await actions.confirm(tx, id_, principal.name)
            case "end":
                await actions.end(tx, id_, principal.name)
            case _:
                if not step.reason:
                    raise _no_reason()
                await actions.send_back(tx, id_, principal.name, step.reason)


def _read(raw: bytes) -> Step:
    try:
        fields = dict(parse_qsl(raw.decode(), max_num_fields=FIELDS_MAX))
        return Step.model_validate({name: value for name, value in fields.items() if name != "csrf"})
    except (ValidationError, ValueError):
        raise Refusal(
            "step-unreadable",
            ko="요청을 읽을 수 없습니다. 다시 선택해 주십시오.",
            en="The request could not be read. Please choose again.",
        ) from None


def _no_reason() -> Refusal:
    return Refusal(
        "reason-missing",
        ko="반려하시는 이유를 적어 주십시오.",
        en="Say why it is sent back.",
        pointer="/reason",
    )


async def _page(
    request: Request, tx: Tx, round_: Round, principal: Principal, refused: Refusal | None = None
) -> Response:
    programme = (await markets.programme(tx, round_.programme)).name
    seen = await to_thread(see, await store.documents(tx, round_.id))
    openings = await markets.openings(tx, {UUID(line.opening) for line in seen.lines})
    return render(
        request,
        "round.html.j2",
        status=refused.status if refused else 200,
        round=round_,
        state=STATES[round_.state],
        programme=Text(programme.ko, programme.en),
        contributions=await contributing.contributions(tx, round_.id),
        lines=seen.lines,
        titles={str(id_): opening.title for id_, opening in openings.items()},
        certificate=seen.certificate,
        unmatched=seen.unmatched,
        refills=await refilling.refills(tx, round_.id),
        decides="official" in principal.roles,
        refused=Text(refused.ko, refused.en) if refused else None,
    )
