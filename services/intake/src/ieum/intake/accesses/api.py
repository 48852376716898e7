"""HTTP routes of accesses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.intake.accesses import actions
from ieum.intake.people.actions import Desk

router = APIRouter(tags=["people"])

LIST_MAX = 500


class AccessView(BaseModel):
    """Somebody looked: in which service, what kind of actor of which agency, at what, and why.

    `masked`: only to recognise the person; `urgent`: without other ground, as a life was in danger.
    """

    at: datetime
    service: str
    actor_kind: str
    agency: str | None
    record_classes: list[str]
    purpose: str
    reason: str | None
    masked: bool
    urgent: bool


class AccessList(BaseModel):
    """The newest first."""

    items: list[AccessView]


@router.get("/people/{id}/accesses")
async def list_accesses(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 100,
    principal: Principal = requires(),
) -> AccessList:
    """Who looked at a person's data, in all services, as soon as it was told."""
    async with unit(request, principal, purposes.OWN_DATA) as tx:
        found = await actions.shown(tx, Desk.of(request.app.state.service), id, limit)
    return AccessList(
        items=[AccessView(**{name: getattr(one, name) for name in AccessView.model_fields}) for one in found]
    )
