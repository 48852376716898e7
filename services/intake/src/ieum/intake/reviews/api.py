"""HTTP routes of reviews. A reviewer sees neither whose it is nor, before scoring, what others gave."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.programme import Criterion, Name
from ieum.common.events.programme_parts import Text
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, Version, etag, may, requires, unit
from ieum.intake.people.actions import Desk
from ieum.intake.reviews import actions

if TYPE_CHECKING:
    from ieum.intake.reviews.actions import Seen

router = APIRouter(tags=["reviews"])

Staff = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Points = Annotated[int, Field(strict=True, ge=0, le=1000)]
Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]


class NameReviewers(Body):
    """Who scores, in order: each application takes the first who are not near its applicant."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reviewers": ["lee", "park", "choi"]}]})
    reviewers: Annotated[list[Staff], Field(min_length=1, max_length=100)]


class GiveScores(Body):
    """A score for every criterion; the note is sealed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scores": {"plan": 40, "reach": 35}, "note": "구체적입니다."}]}
    )
    scores: Annotated[dict[Name, Points], Field(max_length=20)]
    note: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = None


class StepBack(Body):
    """Why somebody should not score: they are kin, they work or worked together, or something else."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"conflict": "work"}]})
    conflict: Literal["kin", "work", "other"]


class NamedView(BaseModel):
    """Applications reviewed, seats taken now, and applications for which more reviewers must be named."""

    applications: int
    seated: int
    lacking: int


class OtherView(BaseModel):
    """Another reviewer's scores, without who they are."""

    scores: dict[str, int]


class ReviewView(BaseModel):
    """An application to be scored; `others` are shown once one's own scores are there."""

    application: UUID
    programme: str
    criteria: list[Criterion]
    version: int
    scores: dict[str, int] | None
    scored_at: datetime | None
    completed: bool
    others: list[OtherView]
    answers: dict[str, Any] | None = None
    note: str | None = None


class TaskView(BaseModel):
    """What is to be scored, and whether it is."""

    application: UUID
    version: int
    scored: bool


class TaskList(BaseModel):
    """What one is to score in a programme."""

    items: list[TaskView]


class PlaceView(BaseModel):
    """A rank, shared by equals; totals and averages in hundredths of a point."""

    rank: int
    application: UUID
    total: int
    criteria: dict[str, int]


class StandingView(BaseModel):
    """Who stands where; `open` applications are not scored by all yet."""

    items: list[PlaceView]
    open: int


class AverageView(BaseModel):
    """The average of one criterion in hundredths of a point, and the most points there are."""

    criterion: str
    name: Text
    average: int
    points: int


class OutcomeView(BaseModel):
    """What reviewers gave an application, in hundredths of a point."""

    total: int
    criteria: list[AverageView]


@router.put("/programmes/{id}/reviewers")
async def name_reviewers(
    request: Request,
    id: Name,  # noqa: A002 - the path's own word
    body: NameReviewers,
    principal: Principal = requires("official"),
) -> NamedView:
    """Name who scores a programme's applications, once they are closed; said again, names are added."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        made = await actions.name(tx, Desk.of(request.app.state.service), id, body.reviewers)
    return NamedView(**vars(made))


@router.get("/programmes/{id}/reviews")
async def list_tasks(
    request: Request,
    id: Name,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff", "official"),
) -> TaskList:
    """What one is to score in a programme."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.assigned(tx, id)
    items = [
        TaskView(application=one.application, version=seat.version, scored=seat.scores is not None)
        for one, seat in found
    ]
    return TaskList(items=items)


@router.get("/programmes/{id}/standing", responses=may(409))
async def show_standing(
    request: Request,
    id: Name,  # noqa: A002 - the path's own word
    principal: Principal = requires("official"),
) -> StandingView:
    """Who stands where by what reviewers gave."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        ranks, open_ = await actions.standing(tx, id)
    items = [
        PlaceView(
            rank=rank, application=one.application, total=one.total or 0, criteria=dict(one.criteria or {})
        )
        for rank, one in ranks
    ]
    return StandingView(items=items, open=open_)


@router.get("/reviews/{id}")
async def show_review(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: Reason = None,
    principal: Principal = requires("staff", "official"),
) -> ReviewView:
    """An application that one is to score; with `reveal` its answers, which is recorded."""
    if reveal and (found := find_forbidden(reveal)):
        raise refusal(found.kind)
    async with unit(request, principal, purposes.INTAKE) as tx:
        seen = await actions.seen(tx, Desk.of(request.app.state.service), id, reason=reveal)
    response.headers["ETag"] = etag(seen.own.version)
    return _view(seen)


@router.put("/reviews/{id}")
async def score(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: GiveScores,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> ReviewView:
    """Score an application; needs `If-Match`. Once another's scores can be seen one's own are final."""
    desk = Desk.of(request.app.state.service)
    async with unit(request, principal, purposes.INTAKE) as tx:
        await actions.score(tx, desk, id, version, scores=body.scores, note=body.note)
        seen = await actions.seen(tx, desk, id, reason=None)
    response.headers["ETag"] = etag(seen.own.version)
    return _view(seen)


@router.post("/reviews/{id}/stepping-back", status_code=204)
async def step_back(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: StepBack,
    principal: Principal = requires("staff", "official"),
) -> None:
    """State a conflict of interest: the next of the panel takes the seat."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        await actions.step_back(tx, Desk.of(request.app.state.service), id, body.conflict)


@router.get("/applications/{id}/review")
async def show_outcome(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff", "official"),
) -> OutcomeView:
    """What reviewers gave an application, once the result is out, where the programme shows it."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found, programme = await actions.outcome(tx, Desk.of(request.app.state.service), id)
    criteria = programme.review.criteria if programme.review else ()
    averages = [
        AverageView(criterion=one.id, name=one.name, average=found.criteria[one.id], points=one.points)
        for one in criteria
    ]
    return OutcomeView(total=found.total, criteria=averages)


def _view(seen: Seen) -> ReviewView:
    rules = seen.programme.review
    others = [OtherView(scores=dict(one.scores)) for one in seen.others if one.scores]
    return ReviewView(
        application=seen.review.application,
        programme=seen.review.programme,
        criteria=list(rules.criteria) if rules else [],
        version=seen.own.version,
        scores=dict(seen.own.scores) if seen.own.scores else None,
        scored_at=seen.own.scored_at,
        completed=seen.review.completed_at is not None,
        others=others,
        answers=seen.answers,
        note=seen.note,
    )
