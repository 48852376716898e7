"""Answering a proposal, and how an application stands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, StringConstraints
from starlette.requests import Request

from ieum.common.events.matching import Explanation, Suggestion, WaitingNumber
from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, example, requires, unit
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions
from ieum.matching.placement.domain import Command, Match
from ieum.matching.placement.reasons import Declining, Ending
from ieum.matching.placement.seeing import check

router = APIRouter(tags=["placement"])

Note = Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class Refuse(Body):
    """Why the place is not taken: a code, and the person's own words (sealed); both may be left out."""

    model_config = example({"reason": "too-far"})

    reason: Declining | None = None
    note: Note | None = None


class Start(Body):
    """The day on which the person began, and the last day agreed, where there is one."""

    model_config = example({"on": "2022-04-01", "until": "2023-03-31"})

    on: date
    until: date | None = None


class Complete(Body):
    """The last day."""

    model_config = example({"on": "2023-03-31"})

    on: date


class End(Body):
    """Why it ends before its time, and on which day; `note` is sealed."""

    model_config = example({"on": "2022-06-30", "reason": "health"})

    on: date
    reason: Ending
    note: Note | None = None


class MatchView(BaseModel):
    """A match as its person, staff and workplace see it.

    `held_from`, `held_until`: the days, both included, on which the person is bound. `cools_until`: the
    programme is not offered to them again before that day.
    """

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
    held_from: date | None
    held_until: date | None
    cools_until: date | None


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


@router.post("/matches/{id}/acceptance")
async def accept(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> MatchView:
    """Take the place. Repeated, it answers the same."""
    return await _answer(request, principal, id, "accept")


@router.post("/matches/{id}/refusal")
async def refuse(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Refuse | None = None,
    principal: Principal = requires(),
) -> MatchView:
    """Do not take the place. Repeated, it answers the same, with the first reason."""
    return await _answer(request, principal, id, "decline", body or Refuse())


async def _answer(
    request: Request, principal: Principal, id_: UUID, command: Command, why: Refuse | None = None
) -> MatchView:
    async with unit(request, principal, purposes.MATCHING) as tx:
        await check(tx, principal, await actions.find(tx, id_))
        said = why or Refuse()
        return _view(await actions.answer(tx, id_, command, said.reason, said.note))


@router.post("/matches/{id}/start")
async def start(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Start,
    principal: Principal = requires("staff", "workplace"),
) -> MatchView:
    """The person began. Repeated, it answers the same, with the first day."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await check(tx, principal, await actions.find(tx, id))
        return _view(await actions.start(tx, id, body.on, body.until))


@router.post("/matches/{id}/completion")
async def complete(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Complete,
    principal: Principal = requires("staff", "workplace"),
) -> MatchView:
    """It ended as agreed. Repeated, it answers the same, with the first day."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await check(tx, principal, await actions.find(tx, id))
        return _view(await actions.complete(tx, id, body.on))


@router.post("/matches/{id}/ending")
async def end_early(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: End,
    principal: Principal = requires("citizen", "staff", "workplace"),
) -> MatchView:
    """It ended before its time; before the start, the acceptance is withdrawn. Repeated, the same answer."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await check(tx, principal, await actions.find(tx, id))
        return _view(await actions.end_early(tx, id, body.on, body.reason, body.note))


@router.get("/matches/{id}")
async def show_match(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> MatchView:
    """One match."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        match = await actions.find(tx, id)
        await check(tx, principal, match)
        return _view(match)


@router.get("/applications/{id}")
async def show_standing(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> Standing:
    """How an application stands, and why. Looking at the reasons is recorded."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await check(tx, principal, await markets.application(tx, id))
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
