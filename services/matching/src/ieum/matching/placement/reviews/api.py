"""Asking for a human review by one click."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement
from ieum.matching.placement.reviews import actions
from ieum.matching.placement.seeing import check

router = APIRouter(tags=["placement"])


class AppealNumber(BaseModel):
    """An appeal by the number under which it is decided; `outcome` is None while it is open."""

    number: UUID
    outcome: str | None


class ReviewView(BaseModel):
    """That a review was asked for, and the appeals that came of it; the first appears within seconds."""

    application: UUID
    appeals: list[AppealNumber]


@router.post("/matches/{id}/review")
async def review_match(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen"),
) -> ReviewView:
    """Have a human being look at a match. Repeated, it is asked once."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        match = await placement.find(tx, id)
        await check(tx, principal, match)
        await actions.of_match(tx, id)
        return await _view(tx, match.application)


@router.post("/applications/{id}/review")
async def review_application(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen"),
) -> ReviewView:
    """Have a human being look at what was decided about an application. Repeated, it is asked once."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await check(tx, principal, await markets.application(tx, id))
        await actions.of_application(tx, id)
        return await _view(tx, id)


async def _view(tx: Tx, application: UUID) -> ReviewView:
    review = await actions.shown(tx, application)
    appeals = [AppealNumber(number=number, outcome=outcome) for number, outcome in review.appeals]
    return ReviewView(application=application, appeals=appeals)
