"""The HTTP route of timelines."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.intake.people.actions import Desk
from ieum.intake.timeline import actions, domain

if TYPE_CHECKING:
    from ieum.intake.people.domain import Moment
    from ieum.intake.timeline.actions import Page

router = APIRouter(tags=["timeline"])

LIMIT_MAX = 1_000
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="한 쪽의 건수 / moments a page")]
After = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9]{1,18}[.][a-z-]{1,40}[.][0-9a-f]{32}[.][0-9a-f-]{0,36}$",
        description="앞 쪽의 next / `next` of the page before",
    ),
]


class TextView(BaseModel):
    """Words in both languages; `en` is None where there are none."""

    ko: str
    en: str | None


class MomentView(BaseModel):
    """Something that happened; `about` names the programme it concerns.

    `id` is of the application, appeal, case, referral, contact, consent or person.
    """

    at: datetime
    kind: str
    id: UUID
    title: TextView
    about: TextView | None


class TimelineView(BaseModel):
    """What happened to a person, newest first; `next` asks for older ones, None: there are none."""

    items: list[MomentView]
    next: str | None


@router.get("/people/{id}/timeline")
async def show_timeline(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    limit: Limit = 100,
    after: After = None,
    principal: Principal = requires("citizen", "staff"),
) -> TimelineView:
    """Everything that happened to a person, newest first; without anything that somebody wrote."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        page = await actions.shown(tx, Desk.of(request.app.state.service), id, after=after, limit=limit)
    return TimelineView(items=[_moment(one, page) for one in page.moments], next=page.after)


def _moment(one: Moment, page: Page) -> MomentView:
    ko, en = domain.title(one.kind)
    name = page.names.get(one.about or "")
    return MomentView(
        at=one.at,
        kind=one.kind,
        id=one.id,
        title=TextView(ko=ko, en=en),
        about=TextView(ko=name.ko, en=name.en) if name else None,
    )
