"""HTTP: a token for an emergency, made past the sign-in, is told of before it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request

from ieum.common.events.intake_staff import GlassBroken
from ieum.common.kernel.ids import new_id
from ieum.common.privacy import purposes
from ieum.common.web import Principal, create, requires
from ieum.common.web.tokens import BREAK_GLASS, Forbidden
from ieum.intake.staff.bodies import BreakGlass, GlassBrokenView

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["staff"])


@router.post("/staff/emergencies", status_code=201)
async def tell(request: Request, body: BreakGlass, principal: Principal = requires()) -> GlassBrokenView:
    """Tell that the glass was broken; `ieum token --break-glass` asks for this before it prints a token."""
    account, roles = principal.subject, sorted(principal.roles)

    async def do(tx: Tx) -> UUID:
        if not account.startswith(BREAK_GLASS):
            raise Forbidden
        told = GlassBroken(account=account, agency=principal.agency, roles=roles, reason=body.reason)
        id_ = new_id(tx.now)
        tx.publish(told, subject=id_, sequence=1)
        return id_

    async def show(_tx: Tx, _id: UUID) -> GlassBrokenView:
        return GlassBrokenView(account=account, reason=body.reason)

    return await create(request, principal, body, purposes.OPERATION, do=do, show=show)
