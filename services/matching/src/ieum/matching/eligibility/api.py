"""For one person all programmes; for one programme all persons."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.events.programme import LifeStage, Text
from ieum.common.kernel.dates import korean_date
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.matching.eligibility import actions
from ieum.matching.eligibility.answers import Answer
from ieum.matching.eligibility.domain import Ineligible
from ieum.matching.markets import actions as markets

router = APIRouter(tags=["eligibility"])

PAGE_MAX = 200


class GapView(BaseModel):
    """How far off: `by` days or percentage points; null where a place or a paper is missing."""

    unit: str
    by: int | None
    ko: str
    en: str


class ReasonView(BaseModel):
    """A rule that is not fulfilled now, with the programme's sentence for it."""

    rule: str
    ko: str
    en: str
    gap: GapView | None


class AnswerView(BaseModel):
    """`later`: from `opens_on`, if nothing but the days changes."""

    programme: str
    version: int
    name: Text
    life_stages: list[LifeStage]
    state: Literal["open", "later", "closed"]
    opens_on: date | None
    reasons: list[ReasonView]


class AnswerList(BaseModel):
    """All programmes by id, but for those that serve the person now, by a place or an accepted referral."""

    person: UUID
    on: date
    items: list[AnswerView]


class Counts(BaseModel):
    """Of everybody of whom enough is known; one person may be refused by several rules."""

    eligible: int
    held: int
    refused: dict[str, int]


class EligiblePerson(BaseModel):
    """Somebody who may apply: no name and no value of theirs but the district."""

    person: UUID
    district: str | None


class EligibleList(BaseModel):
    """A page of those who may apply, by id; `next`: the next one's `after`. Counts: first page only."""

    programme: str
    on: date
    counts: Counts | None
    items: list[EligiblePerson]
    next: UUID | None


@router.get("/people/{id}/programmes")
async def list_programmes(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> AnswerList:
    """What is open to a person today, what opens later, what is closed, and why. Recorded as an access."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.check_may_see(tx, id)
        _, found = await actions.answers_for(tx, id, request.app.state.service.city)
        return AnswerList(person=id, on=korean_date(tx.now), items=[_view(one) for one in found])


@router.get("/programmes/{id}/people")
async def list_people(
    request: Request,
    id: str,  # noqa: A002 - the path's own word
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    principal: Principal = requires(),
) -> EligibleList:
    """Who may apply to a programme of one's own agency, with counts; whom it serves now is left out."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        programme = await markets.programme(tx, id)
        if not await markets.is_run_by(tx, id, principal.agency):
            raise markets.unknown_programme()
        city = request.app.state.service.city
        found = await actions.people_for(tx, programme, city, after=after, limit=limit)
    counts = None
    if found.eligible is not None and found.held is not None and found.refused is not None:
        counts = Counts(eligible=found.eligible, held=found.held, refused=found.refused)
    items = [EligiblePerson(person=person, district=district) for person, district in found.people]
    following = items[-1].person if found.more else None
    return EligibleList(programme=id, on=found.on, counts=counts, items=items, next=following)


def _view(answer: Answer) -> AnswerView:
    programme = answer.programme
    return AnswerView(
        programme=programme.id,
        version=programme.version,
        name=programme.name,
        life_stages=list(programme.life_stages),
        state=answer.state,
        opens_on=answer.opens_on,
        reasons=[_reason(one) for one in answer.reasons],
    )


def _reason(one: Ineligible) -> ReasonView:
    gap = one.gap and GapView(unit=one.gap.unit, by=one.gap.by, ko=one.gap.ko, en=one.gap.en)
    return ReasonView(rule=one.rule, ko=one.ko, en=one.en, gap=gap)
