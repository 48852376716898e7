"""What a workplace sees of those who chose it, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.common.web.texts import Text
from ieum.matching.candidates import actions
from ieum.matching.candidates.domain import Candidate
from ieum.matching.candidates.sentences import why

router = APIRouter(tags=["candidates"])

PAGE = 50


class FactorView(BaseModel):
    """What one factor earns, of how much; `other`: the programme's rules on which no more is told."""

    name: str
    points: int
    most: int


class CandidateView(BaseModel):
    """One who chose the opening: a number of this opening alone, points from 0 to 1000, and the reasons."""

    id: UUID
    place: int
    score: int
    factors: list[FactorView]
    ko: list[str]
    en: list[str]


class CandidateList(BaseModel):
    """Some of them, the best first; `total` counts all."""

    opening: UUID
    total: int
    items: list[CandidateView]


@router.get("/openings/{id}/candidates")
async def list_candidates(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    after: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
    principal: Principal = requires(),
) -> CandidateList:
    """Those who chose an opening after so many places, blind: no name, sex, age or school.

    A workplace sees its own openings only, staff those of their agency's programmes.
    """
    async with unit(request, principal, purposes.MATCHING) as tx:
        opening = await actions.opening(tx, principal, id)
        neighbours = request.app.state.service.city.neighbours
        found, total = await actions.candidates(tx, opening, after, limit, neighbours)
    items = [_view(one, why(one, len(opening.skills))) for one in found]
    return CandidateList(opening=id, total=total, items=items)


def _view(one: Candidate, told: Sequence[Text]) -> CandidateView:
    return CandidateView(
        id=one.id,
        place=one.place,
        score=one.score,
        factors=[FactorView(name=f.name, points=f.points, most=f.most) for f in one.factors],
        ko=[text.ko for text in told],
        en=[text.en for text in told],
    )
