"""HTTP routes of imports: a file goes in at once and is worked through behind; its report tells how far."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.kernel.workbook import MEDIA_TYPE
from ieum.common.privacy import purposes
from ieum.common.web import Principal, create, requires, unit
from ieum.intake.imports import actions, views
from ieum.intake.imports.actions import Asked
from ieum.intake.imports.packing import pack
from ieum.intake.imports.views import ImportList, ImportView, ProblemPage
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["imports"])

FORMATS = ("text/csv", MEDIA_TYPE)
_FILE = {
    "requestBody": {
        "required": True,
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in FORMATS},
    }
}
After = Annotated[str | None, Query(pattern=r"^[0-9]{1,7}[.][0-9]{1,4}$", description="앞 쪽의 `next`")]
MappingId = Annotated[UUID | None, Query(description="열 대응표; 없으면 머리글로 찾습니다 / by its header")]
DryRun = Annotated[bool, Query(description="반영하지 않고 결과만 / only what would happen")]


@router.post("/imports/applications", status_code=202, openapi_extra=_FILE)
async def load_applications(
    request: Request,
    programme: Annotated[str, Query(max_length=60)],
    received_on: Annotated[date | None, Query(description="접수일 / day of receipt")] = None,
    mapping: MappingId = None,
    dry_run: DryRun = False,
    principal: Principal = requires("staff", "operator"),
) -> ImportView:
    """Take applications in from a CSV file (UTF-8, CP949) or workbook; bad rows are told, good ones kept."""
    return await _load(request, principal, Asked("applications", programme, received_on, mapping, dry_run))


@router.post("/imports/people", status_code=202, openapi_extra=_FILE)
async def load_people(
    request: Request,
    mapping: MappingId = None,
    dry_run: DryRun = False,
    principal: Principal = requires("staff", "operator"),
) -> ImportView:
    """Register the people of a file; who is registered already is left as they are."""
    return await _load(request, principal, Asked("people", mapping=mapping, dry_run=dry_run))


@router.post("/imports/organisations", status_code=202, openapi_extra=_FILE)
async def load_organisations(
    request: Request,
    mapping: MappingId = None,
    dry_run: DryRun = False,
    principal: Principal = requires("staff", "operator"),
) -> ImportView:
    """Register the organisations of a file, known by business number, else by name and district."""
    return await _load(request, principal, Asked("organisations", mapping=mapping, dry_run=dry_run))


@router.get("/imports")
async def list_imports(request: Request, principal: Principal = requires("staff", "operator")) -> ImportList:
    """The agency's newest imports."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return ImportList(items=[views.summary(one) for one in await actions.newest(tx)])


@router.get("/imports/{id}")
async def show_import(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff", "operator"),
) -> ImportView:
    """How far an import is, and what became of its rows."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return await views.shown(tx, id)


@router.get("/imports/{id}/problems")
async def list_problems(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    principal: Principal = requires("staff", "operator"),
) -> ProblemPage:
    """Why rows were refused, page by page."""
    line, place = map(int, after.split(".")) if after else (0, 0)
    async with unit(request, principal, purposes.INTAKE) as tx:
        first = await actions.first_of(tx, await actions.shown(tx, id))
        found = await actions.problems(tx, first.id, after=(line, place), limit=limit)
    last = f"{found[-1][0][0]}.{found[-1][0][1]}" if len(found) == limit else None
    return ProblemPage(items=[views.problem_view(one) for _, one in found], next=last)


@router.get("/imports/{id}/report", response_class=Response)
async def download_report(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    format: Literal["xlsx", "csv"] = "xlsx",  # noqa: A002 - the query's own word
    principal: Principal = requires("staff", "operator"),
) -> Response:
    """What was not added, with the file's own line numbers; no value of the file stands in it."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        lines = await views.lines(tx, await actions.first_of(tx, await actions.shown(tx, id)))
    write = views.as_workbook if format == "xlsx" else views.as_csv
    raw = await asyncio.to_thread(write, lines)
    media_type = MEDIA_TYPE if format == "xlsx" else "text/csv; charset=utf-8"
    name = f'attachment; filename="import-{id}.{format}"'
    return Response(raw, media_type=media_type, headers={"Content-Disposition": name})


async def _load(request: Request, principal: Principal, asked: Asked) -> ImportView:
    _check_type(request.headers.get("content-type", ""))
    raw = await request.body()
    service = request.app.state.service
    desk, id_ = Desk.of(service), new_id(service.clock.now())
    key, wrapped = desk.keys.new()
    parcel = await asyncio.to_thread(pack, raw, id_, key)

    async def do(tx: Tx) -> UUID:
        return await actions.begin(tx, desk, asked, raw, parcel, id_, wrapped)

    # The query is no part of the path: with the bytes it makes what a key stands for.
    said = f"{asked.programme}\n{asked.received_on}\n{asked.mapping}\n{asked.dry_run}\n".encode() + raw
    return await create(request, principal, said, purposes.INTAKE, do=do, show=views.shown)


def _check_type(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() not in FORMATS:
        raise Refusal(
            "csv-expected",
            ko="CSV 파일(text/csv)이나 엑셀 파일(.xlsx)만 받습니다.",
            en="Only CSV files (text/csv) and Excel workbooks (.xlsx) are taken.",
            status=415,
        )
