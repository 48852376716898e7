"""A person's roadmap as a page: plain HTML, no script, to be read on a telephone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.kernel.dates import korean_date
from ieum.common.privacy import purposes
from ieum.common.web import Principal, render, requires, unit
from ieum.common.web.texts import Text
from ieum.matching.eligibility import actions as eligibility
from ieum.matching.roadmap import actions

TEMPLATES = Path(__file__).parent / "templates"

router = APIRouter(include_in_schema=False)

STAGES: Mapping[str, Text] = {
    "infancy": Text("영유아기", "Infancy"),
    "child": Text("아동·청소년기", "Childhood and teens"),
    "youth": Text("청년기", "Youth"),
    "middle-age": Text("중장년기", "Middle age"),
    "old-age": Text("노년기", "Old age"),
}


@router.get("/people/{id}/roadmap")
async def show(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> Response:
    """What is open now, what comes next, and what is closed and why, by life stage. Recorded as an access."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await eligibility.check_may_see(tx, id)
        found = await actions.shown(tx, id, request.app.state.service.city)
        today = korean_date(tx.now)
    return render(request, "roadmap.html.j2", roadmap=found, today=today, stages=STAGES)
