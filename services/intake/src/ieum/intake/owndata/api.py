"""HTTP route of a person's own data, as JSON to take away."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.intake.owndata import actions
from ieum.intake.owndata.domain import OwnData
from ieum.intake.people.actions import Desk

router = APIRouter(tags=["people"])

OWN = "본인 열람"


@router.get("/people/{id}/data")
async def own_data(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reason: Annotated[
        str | None, Query(min_length=2, max_length=200, description="왜 내려받는지 / why")
    ] = None,
    principal: Principal = requires("citizen", "staff"),
) -> OwnData:
    """All that is held of a person, and who looked: their own, or for staff with a reason.

    The download is recorded. What an article withholds is said under `withheld`. Staff get the cases and
    referrals of their own agency.
    """
    if reason and (found := find_forbidden(reason)):
        raise refusal(found.kind)
    if reason is None and "staff" in principal.roles:
        raise Refusal(
            "reason-missing",
            ko="내려받으시는 사유를 적어 주시기 바랍니다.",
            en="Please say why you download this.",
        )
    async with unit(request, principal, purposes.OWN_DATA) as tx:
        data = await actions.gather(tx, Desk.of(request.app.state.service), id, reason=reason or OWN)
    response.headers["Content-Disposition"] = f'attachment; filename="ieum-{id}.json"'
    return data
