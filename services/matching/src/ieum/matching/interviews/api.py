"""Interviews over HTTP: the workplace's side by opening, the person's side by interview."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request

from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.matching.candidates import actions as candidates
from ieum.matching.interviews import actions, seeing
from ieum.matching.interviews.views import (
    Book,
    CallOff,
    Change,
    Decline,
    InterviewList,
    InterviewView,
    OfferTimes,
    OpeningInterviews,
    Score,
    Shortlist,
    SlotView,
    of_opening,
    slot_view,
    view,
)
from ieum.matching.markets.domain import Opening

router = APIRouter(tags=["interviews"])


class OwnInterviews(InterviewList):
    """A person's interviews, with the times they can choose from, by opening."""

    slots: dict[UUID, list[SlotView]]


@router.get("/openings/{id}/interviews")
async def list_interviews(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> OpeningInterviews:
    """The interviews of an opening and the times offered, for its workplace and the programme's agency."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        return await of_opening(tx, await candidates.opening(tx, principal, id))


@router.post("/openings/{id}/interview-times")
async def offer_times(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: OfferTimes,
    principal: Principal = requires(),
) -> OpeningInterviews:
    """Offer times for interviews. Repeated, they are offered once."""
    times = [(one.starts, one.ends, one.place) for one in body.times]
    return await _at_opening(request, principal, id, lambda tx, opening: actions.offer(tx, opening, times))


@router.post("/openings/{id}/shortlist")
async def shortlist(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Shortlist,
    principal: Principal = requires(),
) -> OpeningInterviews:
    """Put candidates on the shortlist; nobody is told yet. Repeated, it changes nothing."""
    numbers = list(dict.fromkeys(body.candidates))
    return await _at_opening(
        request, principal, id, lambda tx, opening: actions.shortlist(tx, opening, numbers)
    )


@router.post("/openings/{id}/invitations")
async def invite(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> OpeningInterviews:
    """Invite all on the shortlist. Repeated, nobody is invited twice."""
    return await _at_opening(request, principal, id, actions.invite)


@router.post("/interviews/{id}/change")
async def change(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Change,
    principal: Principal = requires(),
) -> InterviewView:
    """The time cannot be kept: the person chooses another one."""
    return await _as_workplace(request, principal, id, lambda tx: actions.change(tx, id, body.reason))


@router.post("/interviews/{id}/calling-off")
async def call_off(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: CallOff,
    principal: Principal = requires(),
) -> InterviewView:
    """The person is interviewed no more, or taken from the shortlist."""
    return await _as_workplace(request, principal, id, lambda tx: actions.call_off(tx, id, body.reason))


@router.post("/interviews/{id}/scores")
async def score(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Score,
    principal: Principal = requires(),
) -> InterviewView:
    """Give points for an interview that took place; given again, they are corrected."""
    return await _as_workplace(request, principal, id, lambda tx: actions.hold(tx, id, body.points))


@router.post("/interviews/{id}/absence")
async def miss(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> InterviewView:
    """The person did not come. Repeated, it changes nothing."""
    return await _as_workplace(request, principal, id, lambda tx: actions.miss(tx, id))


@router.get("/applications/{id}/interviews")
async def list_own(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> OwnInterviews:
    """The interviews that an application was invited to, and the times that can be chosen."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await seeing.application(tx, principal, id)
        found = await actions.of_application(tx, id)
        asked = {one.opening for one in found if one.state in ("invited", "booked")}
        slots = {
            opening: [slot_view(slot, taken=False) for slot in await actions.free_slots(tx, opening)]
            for opening in asked
        }
    return OwnInterviews(items=[view(one, points=False) for one in found], slots=slots)


@router.post("/interviews/{id}/booking")
async def book(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Book,
    principal: Principal = requires(),
) -> InterviewView:
    """Choose one of the times, or another one before it begins. Repeated, it answers the same."""
    return await _as_person(request, principal, id, lambda tx: actions.book(tx, id, body.slot))


@router.post("/interviews/{id}/refusal")
async def decline(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Decline,
    principal: Principal = requires(),
) -> InterviewView:
    """Not come, for a reason; who finds no time may be invited again. Repeated, it answers the same."""
    return await _as_person(request, principal, id, lambda tx: actions.decline(tx, id, body.reason))


async def _at_opening(
    request: Request, principal: Principal, id_: UUID, step: Callable[[Tx, Opening], Awaitable[object]]
) -> OpeningInterviews:
    async with unit(request, principal, purposes.MATCHING) as tx:
        opening = await candidates.opening(tx, principal, id_)
        await step(tx, opening)
        return await of_opening(tx, opening)


async def _as_workplace(
    request: Request, principal: Principal, id_: UUID, step: Callable[[Tx], Awaitable[None]]
) -> InterviewView:
    async with unit(request, principal, purposes.MATCHING) as tx:
        await seeing.held_by(tx, principal, id_)
        await step(tx)
        return view(await actions.find(tx, id_), points=True)


async def _as_person(
    request: Request, principal: Principal, id_: UUID, step: Callable[[Tx], Awaitable[None]]
) -> InterviewView:
    async with unit(request, principal, purposes.MATCHING) as tx:
        await seeing.of_person(tx, principal, id_)
        await step(tx)
        return view(await actions.find(tx, id_), points=False)
