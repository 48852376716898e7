"""HTTP routes of appeals. What was written is shown only for a reason, which is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, StringConstraints
from starlette.requests import Request

from ieum.common.events.intake_appeals import AppealReasons
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, create, example, requires, unit
from ieum.intake.appeals import actions
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ieum.common.postgres import Tx
    from ieum.intake.appeals.domain import Appeal

router = APIRouter(tags=["appeals"])

Writing = Annotated[str, StringConstraints(min_length=2, max_length=4000)]
Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]


class FileAppeal(Body):
    """Why the newest decision about the application is thought to be wrong."""

    model_config = example({"grounds": "소득 산정에 퇴직 전의 월급이 들어갔습니다."})

    grounds: Writing


class DecideAppeal(Body):
    """The answer, with its reasons for the person."""

    model_config = example(
        {"outcome": "upheld", "reasons_ko": "퇴직일을 확인하여 소득을 다시 산정하였습니다."}
    )

    outcome: Literal["upheld", "dismissed"]
    reasons_ko: Writing
    reasons_en: Writing | None = None


class AppealView(BaseModel):
    """An appeal: who owes the answer and until when, and how it ended; texts only for a reason."""

    id: UUID
    application: UUID
    person: UUID
    programme: str
    agency: str
    filed_at: datetime
    due_at: datetime
    overdue: bool
    outcome: str | None
    official_name: str | None
    ended_at: datetime | None
    grounds: str | None = None
    reasons_ko: str | None = None
    reasons_en: str | None = None


class AppealList(BaseModel):
    """What the agency owes an answer to, the most urgent first, at most 200."""

    items: list[AppealView]


@router.post("/applications/{id}/appeals", status_code=201)
async def file_appeal(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: FileAppeal,
    principal: Principal = requires("citizen", "staff"),
) -> AppealView:
    """Appeal against the newest decision about an application, within 90 days."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return (await actions.file(tx, desk, id, body.grounds)).id

    return await create(request, principal, id.bytes + _bytes(body), purposes.INTAKE, do=do, show=_show(desk))


@router.get("/appeals")
async def list_owed(request: Request, principal: Principal = requires("staff", "official")) -> AppealList:
    """The open appeals that one's agency must answer."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return AppealList(items=[_view(one) for one in await actions.owed(tx, principal.agency or "")])


@router.get("/appeals/{id}")
async def show_appeal(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    reason: Reason = None,
    principal: Principal = requires("citizen", "staff", "official"),
) -> AppealView:
    """One appeal; with a reason, what was written too."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        appeal = await actions.visible(tx, Desk.of(request.app.state.service), id)
        view = _view(appeal)
        if reason is None:
            return view
        grounds, reasons = await actions.reveal(tx, appeal, reason)
        return view.model_copy(
            update={
                "grounds": grounds.text if grounds else None,
                "reasons_ko": reasons.ko if reasons else None,
                "reasons_en": reasons.en if reasons else None,
            }
        )


@router.post("/appeals/{id}/decision", status_code=201)
async def decide_appeal(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: DecideAppeal,
    principal: Principal = requires("official"),
) -> AppealView:
    """Answer an appeal; whoever decided first may not."""
    desk = Desk.of(request.app.state.service)
    reasons = AppealReasons(ko=body.reasons_ko, en=body.reasons_en)

    async def do(tx: Tx) -> UUID:
        return await actions.decide(tx, id, body.outcome, reasons, principal.name)

    return await create(request, principal, id.bytes + _bytes(body), purposes.INTAKE, do=do, show=_show(desk))


@router.post("/appeals/{id}/withdrawal", status_code=201)
async def withdraw_appeal(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> AppealView:
    """Take an appeal back."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return await actions.withdraw(tx, desk, id)

    return await create(request, principal, id.bytes, purposes.INTAKE, do=do, show=_show(desk))


def _bytes(body: Body) -> bytes:
    return body.model_dump_json().encode()


def _show(desk: Desk) -> Callable[[Tx, UUID], Awaitable[AppealView]]:
    async def show(tx: Tx, id_: UUID) -> AppealView:
        return _view(await actions.visible(tx, desk, id_))

    return show


def _view(appeal: Appeal) -> AppealView:
    return AppealView(
        overdue=appeal.overdue_at is not None and appeal.ended_at is None,
        **{
            name: getattr(appeal, name)
            for name in AppealView.model_fields
            if name not in ("overdue", "grounds", "reasons_ko", "reasons_en")
        },
    )
