"""Weekly reports over HTTP: written by one side, confirmed by the other; the agency sees what is overdue."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from starlette.requests import Request

from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Body, Made, Principal, create, example, requires, unit
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement
from ieum.matching.placement.reports import actions
from ieum.matching.placement.reports.domain import Report, Week
from ieum.matching.placement.seeing import check

router = APIRouter(tags=["weekly reports"])

Days = Annotated[int, Field(ge=0, le=7)]
Hours = Annotated[int, Field(ge=0, le=112)]
Done = Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class WriteReport(Body):
    """A week (its Monday): hours, attendance, and what was done, which is sealed."""

    model_config = example(
        {
            "week": "2022-04-04",
            "hours": 38,
            "days_present": 5,
            "days_absent": 0,
            "text": "도록을 편집함",
        }
    )

    week: date
    hours: Hours
    days_present: Days
    days_absent: Days
    text: Done


class ConfirmReport(Body):
    """The version that was read."""

    model_config = example({"version": 1})

    version: int = Field(ge=1)


class ReportView(BaseModel):
    """A version of a week's report; `text` is left out of lists of the overdue, None once forgotten."""

    id: UUID
    match: UUID
    week: date
    version: int
    hours: int
    days_present: int
    days_absent: int
    written_by: str
    written_at: datetime
    confirmed_at: datetime | None
    text: str | None = None


class ReportList(BaseModel):
    """All versions, the oldest first."""

    items: list[ReportView]


class OwedView(BaseModel):
    """A week that nobody has reported on in time."""

    match: UUID
    week: date
    due_on: date


class OwedList(BaseModel):
    """What is overdue, the oldest first, at most 500."""

    items: list[OwedView]


@router.post("/matches/{id}/reports", status_code=201)
async def write(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: WriteReport,
    principal: Principal = requires("citizen", "workplace"),
) -> ReportView:
    """Write a week's report, or a new version of it."""

    async def do(tx: Tx) -> Made[ReportView]:
        await check(tx, principal, await placement.find(tx, id))
        report = await actions.write(tx, id, Week(**body.model_dump()))
        return Made(report.id, view(report))

    async def show(tx: Tx, report: UUID) -> ReportView:
        return next(view(one) for one in await actions.of(tx, id) if one.id == report)

    return await create(
        request, principal, id.bytes + body.model_dump_json().encode(), purposes.MATCHING, do=do, show=show
    )


@router.post("/matches/{id}/reports/{week}/confirmation")
async def confirm(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    week: date,
    body: ConfirmReport,
    principal: Principal = requires("citizen", "workplace"),
) -> ReportView:
    """Confirm what the other side wrote. Repeated, it answers the same."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await check(tx, principal, await placement.find(tx, id))
        return view(await actions.confirm(tx, id, week, body.version))


@router.get("/matches/{id}/reports")
async def show_reports(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff", "workplace"),
) -> ReportList:
    """A match's reports with what was written. Recorded."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await check(tx, principal, await placement.find(tx, id))
        reports = await actions.of(tx, id)
        texts = await actions.read(tx, reports)
        return ReportList(items=[view(one, texts.get(one.id)) for one in reports])


@router.get("/programmes/{id}/reports/overdue")
async def show_overdue(
    request: Request,
    id: str,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff"),
) -> OwedList:
    """The weeks of a programme's places whose report did not come in time."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        if not await markets.is_run_by(tx, id, principal.agency):
            raise markets.unknown_programme()
        owed = await actions.overdue(tx, id)
    return OwedList(items=[OwedView(match=one.match, week=one.week, due_on=one.due_on) for one in owed])


def view(report: Report, text: str | None = None) -> ReportView:
    """As it is shown."""
    names = [name for name in ReportView.model_fields if name != "text"]
    return ReportView(**{name: getattr(report, name) for name in names}, text=text)
