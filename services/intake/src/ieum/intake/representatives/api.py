"""HTTP routes of representatives."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request

from ieum.common.privacy import purposes
from ieum.common.web import Body, Made, Principal, create, requires, unit
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Document, Mandate, Relation
from ieum.intake.representatives import actions

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.representatives.domain import Representation

router = APIRouter(tags=["people"])


class RecordRepresentative(Body):
    """Who speaks for the person, by the document that staff have seen; `until`: the last day (KST)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "representative": "019f38a8-1e87-7e79-9631-e602bf5fbd30",
                    "relation": "parent",
                    "document": "family-certificate",
                    "seen_on": "2022-02-14",
                    "until": "2030-12-31",
                }
            ]
        }
    )

    representative: UUID
    relation: Relation
    document: Document
    seen_on: date
    until: date


class RepresentativeView(BaseModel):
    """Somebody who speaks for the person; `ended_at` once that is over before its last day."""

    id: UUID
    representative: UUID
    relation: str
    document: str
    seen_on: date
    until: date
    recorded_at: datetime
    ended_at: datetime | None


class RepresentativeList(BaseModel):
    """The oldest first."""

    items: list[RepresentativeView]


@router.get("/people/{id}/representatives")
async def list_representatives(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> RepresentativeList:
    """Who speaks or spoke for a person."""
    async with unit(request, principal, purposes.OWN_DATA) as tx:
        return await _list(tx, Desk.of(request.app.state.service), id)


@router.post("/people/{id}/representatives", status_code=201)
async def record(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: RecordRepresentative,
    principal: Principal = requires(),
) -> RepresentativeList:
    """Record a guardian or proxy who is registered too: signed in, they see and do what the person may."""
    desk = Desk.of(request.app.state.service)
    mandate = Mandate(body.relation, body.document, body.seen_on)

    async def do(tx: Tx) -> UUID:
        return await actions.record(tx, desk, id, body.representative, mandate, body.until)

    async def show(tx: Tx, _: UUID) -> RepresentativeList:
        return await _list(tx, desk, id)

    raw = id.bytes + body.model_dump_json().encode()
    return await create(request, principal, raw, purposes.INTAKE, do=do, show=show)


@router.post("/people/{id}/representatives/{representation}/end", status_code=201)
async def end(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    representation: UUID,
    principal: Principal = requires(),
) -> RepresentativeView:
    """Let somebody speak for the person no more; whoever ends their own does not see the person after it."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> Made[RepresentativeView]:
        return Made(representation, _view(await actions.end(tx, desk, id, representation)))

    async def show(tx: Tx, id_: UUID) -> RepresentativeView:
        return _view(await actions.one(tx, desk, id, id_))

    return await create(
        request, principal, id.bytes + representation.bytes, purposes.INTAKE, do=do, show=show
    )


async def _list(tx: Tx, desk: Desk, person: UUID) -> RepresentativeList:
    return RepresentativeList(items=[_view(one) for one in await actions.shown(tx, desk, person)])


def _view(one: Representation) -> RepresentativeView:
    return RepresentativeView(
        id=one.id,
        representative=one.representative,
        **vars(one.mandate),
        until=one.until,
        recorded_at=one.recorded_at,
        ended_at=one.ended_at,
    )
