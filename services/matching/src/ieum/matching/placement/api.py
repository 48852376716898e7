"""Answering a proposal, and how an application stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints
from starlette.requests import Request

from ieum.common.events.matching import Explanation, Suggestion, WaitingNumber
from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, example, requires, unit
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions
from ieum.matching.placement.domain import Command, Match

router = APIRouter(tags=["placement"])

ReasonCode = Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=40)]


class Refuse(Body):
    """Why the place is not taken: a code such as `other-job`, `too-far`, `conditions`; may be left out."""

    model_config = example({"reason": "too-far"})

    reason: ReasonCode | None = None


class MatchView(BaseModel):
    """A match as its person and staff see it."""

    id: UUID
    application: UUID
    person: UUID
    programme: str
    opening: UUID
    organisation: UUID
    round: UUID | None
    rank: int
    state: str
    reason: str | None
    proposed_at: datetime
    answer_by: datetime
    answered_at: datetime | None


class Standing(BaseModel):
    """How an application stands. `state`: waiting (for facts), ranked, ineligible, withdrawn or erased.

    `explanation` tells of the last decision; None where nothing was decided or its key was destroyed.
    """

    application: UUID
    programme: str
    state: str
    failed_rules: list[str]
    suggestions: list[Suggestion]
    waiting: list[WaitingNumber]
    matches: list[MatchView]
    explanation: Explanation | None


def _own(principal: Principal, person: UUID) -> None:
    """A citizen may see and answer their own alone: to others it does not exist."""
    if "staff" not in principal.roles and principal.subject != str(person):
        raise Refusal(
            "not-found",
            ko="찾을 수 없습니다.",
            en="There is nothing here.",
            status=404,
        )


@router.post("/matches/{id}/acceptance")
async def accept(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> MatchView:
    """Take the place. Repeated, it answers the same."""
    return await _answer(request, principal, id, "accept")


@router.post("/matches/{id}/refusal")
async def refuse(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Refuse | None = None,
    principal: Principal = requires("citizen", "staff"),
) -> MatchView:
    """Do not take the place. Repeated, it answers the same, with the first reason."""
    return await _answer(request, principal, id, "decline", body.reason if body else None)


async def _answer(
    request: Request, principal: Principal, id_: UUID, command: Command, reason: str | None = None
) -> MatchView:
    async with unit(request, principal, purposes.MATCHING) as tx:
        _own(principal, (await actions.find(tx, id_)).person)
        return _view(await actions.answer(tx, id_, command, reason))


@router.get("/matches/{id}")
async def show_match(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> MatchView:
    """One match."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        match = await actions.find(tx, id)
        _own(principal, match.person)
        return _view(match)


@router.get("/applications/{id}")
async def show_standing(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> Standing:
    """How an application stands, and why. Looking at the reasons is recorded."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        _own(principal, (await markets.application(tx, id)).person)
        return await _standing(tx, id)


async def _standing(tx: Tx, id_: UUID) -> Standing:
    application = await markets.application(tx, id_)
    sealed = application.explanation
    explanation = await tx.reveal(sealed, Explanation, reason="standing") if sealed else None
    return Standing(
        application=application.id,
        programme=application.programme,
        state=application.state,
        failed_rules=list(application.failed_rules),
        suggestions=list(application.suggestions),
        waiting=(await actions.waiting(tx, [id_])).get(id_, []),
        matches=[_view(match) for match in await actions.matches_of(tx, id_)],
        explanation=explanation,
    )


def _view(match: Match) -> MatchView:
    return MatchView(**{name: getattr(match, name) for name in MatchView.model_fields})
