"""What an agency owes after a place has started or ended, and that it is done."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.matching.placement.followups import actions
from ieum.matching.placement.followups.domain import Step

router = APIRouter(tags=["follow-up"])


class FollowUpView(BaseModel):
    """A step: what (its id in the programme's file), for whom, and until which day it is in time."""

    id: UUID
    match: UUID
    person: UUID
    programme: str
    step: str
    owner: str
    due_on: date
    done_on: date | None
    overdue: bool


class FollowUpList(BaseModel):
    """What is owed, the most urgent first, at most 500."""

    items: list[FollowUpView]


@router.get("/follow-ups")
async def show_owed(request: Request, principal: Principal = requires("staff")) -> FollowUpList:
    """The steps that one's agency owes."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        return FollowUpList(items=[_view(one) for one in await actions.owed(tx)])


@router.post("/follow-ups/{id}/completion")
async def complete_step(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff"),
) -> FollowUpView:
    """A step was done today. Repeated, it answers the same, with the first day."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        return _view(await actions.complete(tx, id))


def _view(step: Step) -> FollowUpView:
    names = [name for name in FollowUpView.model_fields if name != "overdue"]
    late = step.overdue_at is not None and step.done_on is None
    return FollowUpView(**{name: getattr(step, name) for name in names}, overdue=late)
