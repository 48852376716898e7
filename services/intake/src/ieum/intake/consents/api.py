"""HTTP routes of consents, and of the bases on which data is held without one."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from ieum.common.events.intake_people import ConsentTerms
from ieum.common.events.programme import Name
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, create, example, requires, unit
from ieum.intake.consents import actions, domain
from ieum.intake.consents.domain import Basis
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.common.service.city import City
    from ieum.intake.consents.actions import Shown

router = APIRouter(tags=["people"])

OWN = "본인 열람"
Names = Annotated[list[Name], Field(min_length=1, max_length=30)]
Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]


class GiveConsent(Body):
    """To which purpose, for whom, which fields, until which day; `guardian`: who consents for a child."""

    model_config = example(
        {"purpose": "referral", "recipients": ["jung-gu-hope"], "fields": ["name"], "until": "2027-12-31"}
    )

    purpose: Name
    recipients: Names
    fields: Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=30)]
    until: date
    guardian: bool = False


class AcknowledgedView(BaseModel):
    """A holder's word that nothing is done on the consent any more."""

    holder: str
    at: datetime


class ConsentView(BaseModel):
    """A consent; what it says is None until it is opened for a reason, and once it is erased."""

    id: UUID
    given_by: str
    recorded_by: str
    agency: str | None
    given_at: datetime
    withdrawn_at: datetime | None
    erased: bool
    terms: ConsentTerms | None
    acknowledged: list[AcknowledgedView]
    waiting_for: list[str]


class ConsentList(BaseModel):
    """The bases of all that is held, and every consent, the oldest first."""

    bases: list[Basis]
    items: list[ConsentView]


@router.post("/people/{id}/consents", status_code=201)
async def give(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: GiveConsent,
    principal: Principal = requires("citizen", "staff"),
) -> ConsentList:
    """Consent to a use that rests on nothing else; it can be taken back at any time."""
    desk = Desk.of(request.app.state.service)
    terms = ConsentTerms(
        purpose=body.purpose,
        recipients=list(dict.fromkeys(body.recipients)),
        fields=list(dict.fromkeys(body.fields)),
        until=body.until,
    )

    async def do(tx: Tx) -> UUID:
        return await actions.give(tx, desk, id, terms, "guardian" if body.guardian else "person")

    async def show(tx: Tx, made: UUID) -> ConsentList:
        return _view(desk.city, await actions.shown(tx, desk, id, reason=None), made)

    raw = id.bytes + body.model_dump_json().encode()
    return await create(request, principal, raw, purposes.OWN_DATA, do=do, show=show)


@router.get("/people/{id}/consents")
async def list_consents(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: Reason = None,
    principal: Principal = requires("citizen", "staff"),
) -> ConsentList:
    """All consents. People see their own opened, staff for a reason; each opening is recorded."""
    if reveal and (found := find_forbidden(reveal)):
        raise refusal(found.kind)
    desk = Desk.of(request.app.state.service)
    reason = reveal if "staff" in principal.roles else reveal or OWN
    async with unit(request, principal, purposes.OWN_DATA) as tx:
        return _view(desk.city, await actions.shown(tx, desk, id, reason=reason))


@router.post("/people/{id}/consents/{consent}/withdrawal", status_code=201)
async def withdraw(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    consent: UUID,
    principal: Principal = requires("citizen", "staff"),
) -> ConsentList:
    """Take a consent back."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return await actions.withdraw(tx, desk, id, consent)

    async def show(tx: Tx, made: UUID) -> ConsentList:
        return _view(desk.city, await actions.shown(tx, desk, id, reason=None), made)

    return await create(request, principal, id.bytes + consent.bytes, purposes.OWN_DATA, do=do, show=show)


def _view(city: City, found: list[Shown], only: UUID | None = None) -> ConsentList:
    wanted = [one for one in found if only in (None, one.consent.id)]
    return ConsentList(bases=domain.bases(city), items=[_consent(one) for one in wanted])


def _consent(shown: Shown) -> ConsentView:
    one = shown.consent
    return ConsentView(
        id=one.id,
        given_by=one.given_by,
        recorded_by=one.recorded_by,
        agency=one.agency,
        given_at=one.given_at,
        withdrawn_at=one.withdrawn_at,
        erased=one.terms is None,
        terms=shown.terms,
        acknowledged=[
            AcknowledgedView(holder=word.holder, at=word.acknowledged_at) for word in shown.acknowledged
        ],
        waiting_for=domain.waiting_for(one, shown.acknowledged),
    )
