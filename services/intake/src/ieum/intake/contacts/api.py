"""HTTP routes of contacts of all kinds: looking at them, correcting, counting."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake_contacts import ContactKind
from ieum.common.kernel.dates import KST
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, etag, requires, unit
from ieum.intake.contacts import actions, bodies, views
from ieum.intake.contacts.days import Day
from ieum.intake.contacts.domain import Correction, Period, Rounding
from ieum.intake.contacts.store import Count
from ieum.intake.contacts.views import ContactList, ContactView, CountList
from ieum.intake.people.actions import Desk
from ieum.intake.reasons import OptionalReason

router = APIRouter(tags=["contacts"])

SPAN_MAX = timedelta(days=5 * 366)


class CountQuery(BaseModel):
    """From a day to a day (KST, both included), by period; totals to a multiple of `to`, by `rounding`."""

    since: Day
    until: Day
    by: Period = "day"
    kind: ContactKind | None = None
    outcome: Annotated[str | None, StringConstraints(max_length=40)] = None
    to: Annotated[int, Field(ge=1, le=10_000)] = 1
    rounding: Rounding = "down"

    def wants(self, one: Count) -> bool:
        """Whether a count is of the kind and outcome asked for."""
        return self.kind in (None, one.kind) and self.outcome in (None, one.outcome)


@router.get("/contacts")
async def list_contacts(
    request: Request,
    since: Day,
    kind: ContactKind | None = None,
    person: UUID | None = None,
    principal: Principal = requires("staff", "official"),
) -> ContactList:
    """The contacts of one's agency since a day (KST), the newest first."""
    start = datetime.combine(since, time(), KST)
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.listed(tx, start, kind=kind, person=person)
    return ContactList(items=[views.line(one) for one in found])


@router.get("/contacts/counts")
async def count_contacts(
    request: Request,
    asked: Annotated[CountQuery, Query()],
    principal: Principal = requires("staff", "official", "auditor"),
) -> CountList:
    """How many contacts all agencies had, by agency and period, with totals and their rounding rule."""
    if not timedelta() <= asked.until - asked.since <= SPAN_MAX:
        raise Refusal(
            "span-long",
            ko="기간은 하루에서 5년까지 정할 수 있습니다.",
            en="A span has from one day to five years.",
        )
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.counts(tx, asked.since, asked.until, asked.by)
    return views.count_list([one for one in found if asked.wants(one)], asked.to, asked.rounding)


@router.get("/contacts/{id}")
async def show_contact(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: OptionalReason = None,
    principal: Principal = requires("staff", "official"),
) -> ContactView:
    """One contact, its version as ETag. With `reveal` its notes are opened, and that is recorded."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        contact, _ = await actions.shown(tx, id)
        opened = await actions.reveal(tx, id, reason=reveal) if reveal else None
    response.headers["ETag"] = etag(contact.version)
    return views.view(contact, opened)


@router.patch("/contacts/{id}")
async def correct_contact(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: bodies.CorrectContact,
    version: Version,
    principal: Principal = requires("staff", "official"),
) -> ContactView:
    """Correct a contact of one's agency; a note is added, never overwritten."""
    desk, said = Desk.of(request.app.state.service), Correction(body.at, body.outcome)
    async with unit(request, principal, purposes.INTAKE) as tx:
        contact = await actions.correct(tx, desk, id, said, version=version, words=bodies.said(body.note))
    response.headers["ETag"] = etag(contact.version)
    return views.view(contact, None)
