"""HTTP routes of exports: each download says why, and is recorded with whose data it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.intake.exports import actions
from ieum.intake.exports.domain import File, Format
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["exports"])


def _allowed(reason: str) -> str:
    """A reason is kept in clear with the record of access: nobody's number may be in it."""
    if found := find_forbidden(reason):
        raise refusal(found.kind)
    return reason


Reason = Annotated[
    str,
    AfterValidator(_allowed),
    Query(min_length=2, max_length=200, description="왜 내려받는지 / why", examples=["심사위원회 준비"]),
]
As = Annotated[
    Format,
    Query(alias="format", description="csv-cp949: ZIP, with a list of what CP949 could not write"),
]


@router.get("/exports/applications", response_class=Response)
async def applications(
    request: Request,
    programme: Annotated[str, Query(max_length=60)],
    reason: Reason,
    format_: As = "xlsx",
    principal: Principal = requires("staff"),
) -> Response:
    """A programme's applications with who applied: all for the agency that runs it, else those it took."""

    async def write(tx: Tx, desk: Desk) -> File:
        return await actions.export_applications(tx, desk, programme, format_, reason=reason)

    return await _download(request, principal, write)


@router.get("/exports/people", response_class=Response)
async def people(
    request: Request, reason: Reason, format_: As = "xlsx", principal: Principal = requires("staff")
) -> Response:
    """The people whom the caller's agency registered."""

    async def write(tx: Tx, desk: Desk) -> File:
        return await actions.export_people(tx, desk, format_, reason=reason)

    return await _download(request, principal, write)


@router.get("/exports/cases", response_class=Response)
async def cases(
    request: Request,
    reason: Reason,
    format_: As = "xlsx",
    principal: Principal = requires("staff", "official"),
) -> Response:
    """The list of the caller's agency's cases, without a name."""

    async def write(tx: Tx, desk: Desk) -> File:
        return await actions.export_cases(tx, desk, format_, reason=reason)

    return await _download(request, principal, write)


@router.get("/exports/organisations", response_class=Response)
async def organisations(
    request: Request,
    reason: Reason,
    format_: As = "xlsx",
    principal: Principal = requires("staff", "official", "operator"),
) -> Response:
    """All organisations."""

    async def write(tx: Tx, desk: Desk) -> File:
        return await actions.export_organisations(tx, desk, format_, reason=reason)

    return await _download(request, principal, write)


async def _download(
    request: Request, principal: Principal, write: Callable[[Tx, Desk], Awaitable[File]]
) -> Response:
    """Nothing goes out before the record of it is committed."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        file = await write(tx, Desk.of(request.app.state.service))
    headers = {"Content-Disposition": file.disposition, "Cache-Control": "no-store"}
    return Response(file.raw, media_type=file.media_type, headers=headers)
