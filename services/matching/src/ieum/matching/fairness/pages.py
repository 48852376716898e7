"""A round's indicators as a page: plots drawn on the server, each with its table, made for a telephone."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.matching_fairness import Indicators
from ieum.common.kernel.dates import korean_date
from ieum.common.privacy import purposes
from ieum.common.web import Principal, render, requires, unit
from ieum.common.web.texts import Text
from ieum.matching.fairness import actions
from ieum.matching.fairness.labels import DIMENSIONS, label, labels
from ieum.matching.markets import actions as markets

TEMPLATES = Path(__file__).parent / "templates"

router = APIRouter(include_in_schema=False)


@router.get("/rounds/{id}/fairness")
async def show(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> Response:
    """How many of each group were placed, and at which of their choices, with intervals."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        told = await actions.told(tx, id)
        programme = (await markets.programme(tx, told.programme)).name
    names = labels(request.app.state.service.city)
    parts: dict[str, list[tuple[Text, Indicators]]] = {}
    for one in told.groups:
        parts.setdefault(one.dimension, []).append((label(one.dimension, one.name, names), one))
    return render(
        request,
        "fairness.html.j2",
        programme=Text(programme.ko, programme.en),
        parts=parts,
        dimensions=DIMENSIONS,
        told_on=korean_date(told.told_at),
    )
