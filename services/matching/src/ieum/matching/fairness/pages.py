"""A round's indicators as a page: plots drawn on the server, each with its table, made for a telephone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.matching_fairness import GroupIndicators
from ieum.common.kernel.dates import korean_date
from ieum.common.privacy import purposes
from ieum.common.service.city import City
from ieum.common.web import Principal, render, requires, unit
from ieum.common.web.texts import Text
from ieum.matching.fairness import actions
from ieum.matching.fairness.domain import UNKNOWN
from ieum.matching.markets import actions as markets

TEMPLATES = Path(__file__).parent / "templates"

router = APIRouter(include_in_schema=False)

DIMENSIONS: Mapping[str, Text] = {
    "all": Text("전체", "Everybody"),
    "district": Text("거주 지역별", "By district"),
    "age": Text("나이대별", "By age band"),
    "group": Text("우선 대상별", "By priority group"),
}
_NAMES: Mapping[str, Text] = {
    "all": Text("전체", "Everybody"),
    UNKNOWN: Text("확인할 수 없음", "Not known"),
}


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
    parts: dict[str, list[tuple[Text, GroupIndicators]]] = {}
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


def labels(city: City) -> Mapping[str, Text]:
    """The districts' names by code; of several in the course of time the last."""
    return {place.code: Text(place.name.ko, place.name.en) for place in city.districts}


def label(dimension: str, name: str, districts: Mapping[str, Text]) -> Text:
    """A group as readers call it."""
    if name in _NAMES:
        return _NAMES[name]
    if dimension == "district" and name in districts:
        return districts[name]
    if dimension == "age":
        years = name.replace("-", "~")
        return Text(f"만 {years.removesuffix('+')}세{' 이상' if name.endswith('+') else ''}", f"aged {name}")
    return Text(name, name)
