"""HTTP routes of referrals. Before it accepts, an agency sees what is needed, not who needs it."""

# ruff: noqa: FAST003 - the path's `id` is read by the dependency `_asked`

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints
from starlette.requests import Request

from ieum.common.events.intake_referrals import Basis, ReturnReason, Urgency
from ieum.common.events.programme import Name
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, Version, create, etag, example, requires, unit
from ieum.intake.people.actions import Desk
from ieum.intake.referrals import actions, domain, links
from ieum.intake.referrals.actions import NewReferral
from ieum.intake.referrals.domain import Command, Verb
from ieum.intake.referrals.tickets import Ticket
from ieum.intake.referrals.views import (
    CapacityView,
    LinkView,
    ReferralList,
    ReferralView,
    TicketView,
    capacity_view,
    ticket_view,
    view,
)

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

router = APIRouter(tags=["referrals"])

LIST_MAX = 200

Sentence = Annotated[str, StringConstraints(min_length=2, max_length=1000)]
Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]


class SendReferral(Body):
    """A person handed to another agency; `need` is a short id as both agencies use it, `note` is sealed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "019f38a8-1e87-7e79-9631-e602bf5fbd30",
                    "to_agency": "jung-gu-hope",
                    "need": "debt",
                    "urgency": "soon",
                    "basis": "public-duty",
                    "note": "월세가 석 달 밀려 빠른 상담을 원하십니다.",
                }
            ]
        }
    )

    person: UUID
    to_agency: Name
    need: Name
    programme: Name | None = None
    urgency: Urgency = "normal"
    basis: Basis
    note: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = None


class Invitation(Body):
    """Where and when the person is to come, in words that do not say what it is about."""

    place: Annotated[str, StringConstraints(min_length=2, max_length=60)]
    from_at: AwareDatetime
    until_at: AwareDatetime


class AcceptReferral(Body):
    """Take it on; with an invitation for the person's ticket, if there is one already."""

    model_config = example({})

    ticket: Invitation | None = None


class ReturnReferral(Body):
    """Send it back: full, not-eligible, wrong-agency, cannot-reach-person, person-declined, duplicate, other.

    `sentence` goes with `other`, and is sealed.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "cannot-reach-person"}]})

    reason: ReturnReason
    sentence: Sentence | None = None


class StateCapacity(Body):
    """What one's own agency has room for: `places` at a time (none: no limit), or nothing now."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"need": "debt", "accepting": True, "places": 12}]}
    )

    need: Name
    accepting: bool = True
    places: int | None = Field(default=None, ge=0, le=100_000)


@router.post("/referrals", status_code=201)
async def send(
    request: Request, body: SendReferral, principal: Principal = requires("staff")
) -> ReferralView:
    """Hand a person to another agency; refused with `full` where it takes no more."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return await actions.send(tx, desk, NewReferral(**dict(body)))

    async def show(tx: Tx, id_: UUID) -> ReferralView:
        return view(await actions.shown(tx, id_), principal.agency)

    return await create(request, principal, body, purposes.INTAKE, do=do, show=show)


@router.get("/referrals")
async def list_referrals(
    request: Request,
    box: Literal["received", "sent"] = "received",
    open: bool = True,  # noqa: A002 - the parameter's own word
    principal: Principal = requires("staff"),
) -> ReferralList:
    """What one's own agency received or sent, the most urgent first; at most 200."""
    domain.check_parties(principal.agency, "")
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.of(tx, received=box == "received", only_open=open, limit=LIST_MAX)
    return ReferralList(items=[view(one, principal.agency) for one in found])


@router.get("/referrals/capacity")
async def show_capacity(
    request: Request,
    agency: Annotated[Name, Query()],
    need: Annotated[Name, Query()],
    principal: Principal = requires("staff"),
) -> CapacityView:
    """Whether an agency takes referrals of a need now."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return capacity_view(await actions.room(tx, Desk.of(request.app.state.service), agency, need))


@router.put("/capacities")
async def state_capacity(
    request: Request, body: StateCapacity, principal: Principal = requires("staff")
) -> CapacityView:
    """State what one's own agency has room for; what it owes already stays counted."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return capacity_view(
            await actions.state_room(tx, body.need, accepting=body.accepting, places=body.places)
        )


@router.get("/referrals/{id}")
async def show_referral(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: Reason = None,
    principal: Principal = requires("staff"),
) -> ReferralView:
    """One referral with its history. With `reveal` contact and notes are opened, and the access recorded."""
    if reveal and (found := find_forbidden(reveal)):
        raise refusal(found.kind)
    async with unit(request, principal, purposes.INTAKE) as tx:
        one = await actions.shown(tx, id)
        history = await actions.history(tx, one)
        desk = Desk.of(request.app.state.service)
        opened = await actions.opened(tx, desk, one, reason=reveal) if reveal else None
    response.headers["ETag"] = etag(one.version)
    return view(one, principal.agency, history=history, opened=opened)


@dataclass(frozen=True)
class Asked:
    """What every step on a referral comes with."""

    request: Request
    response: Response
    principal: Principal
    id: UUID
    version: int


def _asked(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    version: Version,
    principal: Principal = requires("staff"),
) -> Asked:
    return Asked(request, response, principal, id, version)


Stepping = Annotated[Asked, Depends(_asked)]


@router.post("/referrals/{id}/receipt")
async def receive(asked: Stepping) -> ReferralView:
    """The receiving agency has seen it."""
    return await _step(asked, "receive")


@router.post("/referrals/{id}/acceptance")
async def accept(asked: Stepping, body: AcceptReferral) -> ReferralView:
    """The receiving agency takes it on, and may say on the person's ticket where and when to come."""
    ticket = Ticket("", **dict(body.ticket)) if body.ticket else None
    return await _step(asked, "accept", ticket=ticket)


@router.post("/referrals/{id}/return")
async def give_back(asked: Stepping, body: ReturnReferral) -> ReferralView:
    """The receiving agency sends it back, with a reason."""
    return await _step(asked, "return", returned=body)


@router.post("/referrals/{id}/service")
async def serve(asked: Stepping) -> ReferralView:
    """The receiving agency has served the person."""
    return await _step(asked, "serve")


@router.post("/referrals/{id}/closure")
async def close(asked: Stepping) -> ReferralView:
    """The sending agency closes the loop."""
    return await _step(asked, "close")


@router.post("/referrals/{id}/link")
async def make_link(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff"),
) -> LinkView:
    """A signed link by which an agency without a system answers; it holds for eight days."""
    service = request.app.state.service
    async with unit(request, principal, purposes.INTAKE) as tx:
        link = await actions.link(tx, id)
    return LinkView(path=f"/intake/links/{links.sign(service.search, link)}", until=link.until)


@router.get("/tickets/{number}")
async def show_ticket(
    request: Request, number: Annotated[str, StringConstraints(pattern=r"^[0-9]{8}-[0-9A-Z]{10}$")]
) -> TicketView:
    """What the person carries: a number, a place and a time. Nobody has to sign in for it."""
    async with unit(request, None, purposes.INTAKE) as tx:
        return ticket_view(await actions.ticket(tx, number))


async def _step(
    asked: Asked, verb: Verb, *, returned: ReturnReferral | None = None, ticket: Ticket | None = None
) -> ReferralView:
    desk, principal = Desk.of(asked.request.app.state.service), asked.principal
    reason, sentence = (returned.reason, returned.sentence) if returned else (None, None)
    command = Command(verb, principal.agency, reason, sentence)
    async with unit(asked.request, principal, purposes.INTAKE) as tx:
        after = await actions.step(tx, desk, asked.id, command, version=asked.version, ticket=ticket)
    asked.response.headers["ETag"] = etag(after.version)
    return view(after, principal.agency)
