"""HTTP routes of the registry of staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.programme import Name
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, create, etag, requires, unit
from ieum.intake.people.actions import Desk
from ieum.intake.staff import actions, bodies
from ieum.intake.staff.bodies import ChangeStaff, RegisterStaff, StaffList, StaffView

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["staff"])

Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]


@router.post("/staff", status_code=201)
async def register(
    request: Request, body: RegisterStaff, principal: Principal = requires("operator", "official")
) -> StaffView:
    """Give somebody an account; an official does so for the own agency."""
    service = request.app.state.service

    async def do(tx: Tx) -> UUID:
        access = bodies.access(body, body, tx.now, None, issuer_of(request))
        return await actions.register(tx, Desk.of(service), body.account, access)

    async def show(tx: Tx, id_: UUID) -> StaffView:
        return bodies.view(await actions.shown(tx, id_))

    return await create(request, principal, body, purposes.OPERATION, do=do, show=show)


@router.get("/staff")
async def list_staff(
    request: Request,
    agency: Annotated[Name | None, Query()] = None,
    left: Annotated[bool, Query(description="those who left too")] = False,
    principal: Principal = requires("operator", "auditor", "official", "staff"),
) -> StaffList:
    """Accounts, without their holders: an operator sees all, others those of the own agency."""
    async with unit(request, principal, purposes.OPERATION) as tx:
        return StaffList(items=[bodies.view(one) for one in await actions.listed(tx, agency, left=left)])


@router.get("/staff/{id}")
async def show_staff(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: Reason = None,
    principal: Principal = requires("operator", "auditor", "official", "staff"),
) -> StaffView:
    """One account. With `reveal` its holder is opened, and the access recorded with that reason."""
    if reveal and (found := find_forbidden(reveal)):
        raise refusal(found.kind)
    async with unit(request, principal, purposes.OPERATION) as tx:
        one = await actions.shown(tx, id)
        holder = await actions.identity(tx, one, reason=reveal) if reveal else None
    response.headers["ETag"] = etag(one.version)
    return bodies.view(one, holder)


@router.put("/staff/{id}")
async def change(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: ChangeStaff,
    version: Version,
    principal: Principal = requires("operator", "official"),
) -> StaffView:
    """Change an account's roles, days or holder; who is signed in under it signs in anew."""
    async with unit(request, principal, purposes.OPERATION) as tx:
        before = await actions.shown(tx, id)
        access = bodies.access(body, body.holder, tx.now, before.since, issuer_of(request))
        one = await actions.change(tx, Desk.of(request.app.state.service), id, access, version=version)
    response.headers["ETag"] = etag(one.version)
    return bodies.view(one)


def issuer_of(request: Request) -> str:
    """The provider whose subjects bodies name; "" where signing in is off."""
    return str(request.app.state.service.settings.oidc_issuer or "")
