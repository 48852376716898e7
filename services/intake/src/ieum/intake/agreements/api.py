"""HTTP routes of agreements."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request

from ieum.common.events.programme import Name
from ieum.common.kernel.errors import Stale
from ieum.common.kernel.ids import new_id
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, Version, create, etag, example, requires, unit
from ieum.intake.agreements import actions
from ieum.intake.agreements.domain import Agreement

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["organisations"])

LIST_MAX = 500

Line = Annotated[str, StringConstraints(min_length=2, max_length=200)]


class SignAgreement(Body):
    """An agreement on paper as data; days are Korean, both included. `basis` names the article."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_agency": "daegu-youth-centre",
                    "to_agency": "jung-gu-hope",
                    "needs": ["debt", "housing"],
                    "purpose": "청년 위기 지원 연계",
                    "basis": "개인정보 보호법 제17조제1항제2호",
                    "since": "2026-01-01",
                    "until": "2026-12-31",
                }
            ]
        }
    )

    from_agency: Name
    to_agency: Name
    needs: Annotated[list[Name], Field(min_length=1, max_length=50)]
    purpose: Line
    basis: Line
    since: date
    until: date


class EndAgreement(Body):
    """The last day on which it holds (KST), today or later."""

    model_config = example({"last_day": "2027-12-31"})

    last_day: date


class AgreementView(BaseModel):
    """An agreement as it holds now; `version` is what If-Match takes."""

    id: UUID
    from_agency: str
    to_agency: str
    needs: list[str]
    purpose: str
    basis: str
    since: date
    until: date
    version: int
    signed_at: datetime


class AgreementList(BaseModel):
    """The newest first."""

    items: list[AgreementView]


@router.post("/agreements", status_code=201)
async def sign(
    request: Request, body: SignAgreement, principal: Principal = requires("official", "operator")
) -> AgreementView:
    """Keep an agreement that two agencies signed."""
    city = request.app.state.service.city

    async def do(tx: Tx) -> UUID:
        needs = list(dict.fromkeys(body.needs))
        values = body.model_dump() | {"needs": needs}
        return await actions.sign(
            tx, city, Agreement(id=new_id(tx.now), sequence=1, signed_at=tx.now, **values)
        )

    async def show(tx: Tx, id_: UUID) -> AgreementView:
        return _view(await actions.shown(tx, id_))

    return await create(request, principal, body, purposes.INTAKE, do=do, show=show)


@router.get("/agreements")
async def list_agreements(
    request: Request,
    agency: Annotated[Name | None, Query()] = None,
    principal: Principal = requires("staff", "official", "operator", "auditor"),
) -> AgreementList:
    """The newest agreements, of one agency or of all."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return AgreementList(items=[_view(one) for one in await actions.of(tx, agency, LIST_MAX)])


@router.get("/agreements/{id}")
async def show_agreement(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff", "official", "operator", "auditor"),
) -> AgreementView:
    """One agreement."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.shown(tx, id)
    response.headers["ETag"] = etag(found.sequence)
    return _view(found)


@router.post("/agreements/{id}/end")
async def end(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: EndAgreement,
    version: Version,
    principal: Principal = requires("official", "operator"),
) -> AgreementView:
    """Let an agreement end before its time."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.shown(tx, id, lock=True)
        if version != found.sequence:
            raise Stale
        found = await actions.end(tx, found, body.last_day)
    response.headers["ETag"] = etag(found.sequence)
    return _view(found)


def _view(one: Agreement) -> AgreementView:
    values = vars(one) | {"needs": list(one.needs), "version": one.sequence}
    return AgreementView.model_validate(values)
