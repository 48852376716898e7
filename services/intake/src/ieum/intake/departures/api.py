"""HTTP: an account ends."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, etag, requires, unit
from ieum.intake.departures import actions
from ieum.intake.people.actions import Desk
from ieum.intake.staff.bodies import Leave, Left, view

router = APIRouter(tags=["staff"])


@router.post("/staff/{id}/departure")
async def leave(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: Leave,
    version: Version,
    principal: Principal = requires("operator", "official"),
) -> Left:
    """End an account for good. What it owns passes to the successor; without one, nothing may be open."""
    async with unit(request, principal, purposes.OPERATION) as tx:
        desk = Desk.of(request.app.state.service)
        one, passed = await actions.leave(tx, desk, id, body.reason, body.successor, version=version)
    response.headers["ETag"] = etag(one.version)
    return Left(**view(one).model_dump(), passed=passed)
