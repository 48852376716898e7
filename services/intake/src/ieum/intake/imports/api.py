"""HTTP routes of imports."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, create, requires, unit
from ieum.intake.imports import actions, domain
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.imports.store import Report

router = APIRouter(tags=["imports"])

_CSV_BODY = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class ProblemView(BaseModel):
    """Why a row was refused: `line` as an editor counts, the header being 1; `column` by its header."""

    line: int
    column: str | None
    code: str
    ko: str
    en: str


class ImportView(BaseModel):
    """What became of a file: `rows` are `added`, `already_there` (by line) or `refused` (see problems).

    `same_as` names the import that read the same file first: nothing was added again.
    """

    id: UUID
    programme: str
    agency: str
    same_as: UUID | None
    encoding: str
    rows: int
    added: int
    already_there: list[int]
    already_there_count: int
    refused: int
    problems: list[ProblemView]
    created_at: datetime


@router.post("/imports/applications", status_code=201, openapi_extra=_CSV_BODY)
async def load(
    request: Request,
    programme: Annotated[str, Query(max_length=60)],
    received_on: Annotated[date | None, Query(description="접수일 / day of receipt")] = None,
    principal: Principal = requires(),
) -> ImportView:
    """Import applications from a CSV file in UTF-8 or CP949; bad rows are reported, good ones kept."""
    _check_type(request.headers.get("content-type", ""))
    raw = await request.body()
    service = request.app.state.service
    desk, today = Desk.of(service), korean_date(service.clock.now())
    file = await asyncio.to_thread(domain.read, raw, service.city, today)

    async def do(tx: Tx) -> UUID:
        return await actions.load(tx, desk, programme, raw, file, received_on)

    # The query is no part of the path: with the bytes it makes what a key stands for.
    asked = f"{programme}\n{received_on}\n".encode() + raw
    return await create(request, principal, asked, purposes.INTAKE, do=do, show=_shown)


@router.get("/imports/{id}")
async def show_import(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> ImportView:
    """The report of an import."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return await _shown(tx, id)


def _check_type(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() != "text/csv":
        raise Refusal(
            "csv-expected",
            ko="CSV 파일(text/csv)만 받습니다.",
            en="Only CSV files (text/csv) are taken.",
            status=415,
        )


async def _shown(tx: Tx, id_: UUID) -> ImportView:
    return _view(await actions.shown(tx, id_))


def _view(report: Report) -> ImportView:
    values = {name: getattr(report, name) for name in type(report).__slots__}
    return ImportView(already_there_count=len(report.already_there), **values)
