"""What a workplace sees of those who chose it: blind, so that nobody is judged by name, sex or age."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.matching.markets import actions as markets
from ieum.matching.markets.domain import Opening
from ieum.matching.ranking import actions

router = APIRouter(tags=["ranking"])


class Candidate(BaseModel):
    """One who chose the opening: an application's id and points from 0 to 1000 (채용절차법 4조의3)."""

    application: UUID
    place: int
    score: int


class CandidateList(BaseModel):
    """The best first."""

    opening: UUID
    items: list[Candidate]


@router.get("/openings/{id}/candidates")
async def list_candidates(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> CandidateList:
    """Those who chose an opening, without name, sex or age; a workplace sees its own openings only.

    Staff see those of their agency's programmes.
    """
    async with unit(request, principal, purposes.MATCHING) as tx:
        opening = (await markets.openings(tx, [id])).get(id)
        if opening is None or not await _may_see(tx, principal, opening):
            raise Refusal(
                "unknown-opening",
                ko="해당 자리를 찾을 수 없습니다.",
                en="There is no such opening.",
                status=404,
            )
        found = await actions.candidates(tx, id)
    items = [
        Candidate(application=application.id, place=place, score=score)
        for place, (application, score) in enumerate(found, start=1)
    ]
    return CandidateList(opening=id, items=items)


async def _may_see(tx: Tx, principal: Principal, opening: Opening) -> bool:
    if "staff" in principal.roles:
        return await markets.is_run_by(tx, opening.programme, principal.agency)
    return principal.agency == str(opening.organisation)
