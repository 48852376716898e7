"""HTTP routes of duplicates: for staff alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, create, example, requires, unit
from ieum.intake.duplicates import actions
from ieum.intake.duplicates.domain import Reason
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.duplicates.domain import Merge

router = APIRouter(tags=["people"])


class LikenessView(BaseModel):
    """Who may be the same person, and why; `name` is the share of common jamo pairs, 0 to 1."""

    person: UUID
    same_phone: bool
    same_birth_date: bool
    name: float


class LikenessList(BaseModel):
    """The likeliest first."""

    items: list[LikenessView]


class MergePeople(Body):
    """Into whom, and how one knows."""

    model_config = example({"into": "0193a000-0000-7000-8000-000000000001", "reason": "document-seen"})

    into: UUID
    reason: Reason


class MergeView(BaseModel):
    """One merging: who, into whom, by whom, and whether it can be or was undone."""

    id: UUID
    merged: UUID
    into: UUID
    reason: str
    staff: str
    agency: str | None
    at: datetime
    undoable: bool
    undone_at: datetime | None
    undone_by: str | None


class MergeList(BaseModel):
    """The history, the oldest first."""

    items: list[MergeView]


@router.get("/people/{id}/duplicates")
async def list_duplicates(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff"),
) -> LikenessList:
    """Who may be the same person, found by keyed hashes alone."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.likely(tx, Desk.of(request.app.state.service), id)
    return LikenessList(
        items=[
            LikenessView(
                person=one.person, same_phone=one.phone, same_birth_date=one.birth, name=round(one.name, 3)
            )
            for one in found
        ]
    )


@router.get("/people/{id}/merges")
async def list_merges(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff"),
) -> MergeList:
    """The history of mergings of a person and into them."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.history(tx, Desk.of(request.app.state.service), id)
    return MergeList(items=[_view(one) for one in found])


@router.post("/people/{id}/merge", status_code=201)
async def merge(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: MergePeople,
    principal: Principal = requires("staff"),
) -> MergeView:
    """Merge this person into another, who is shown from now on."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return await actions.merge(tx, desk, id, body.into, body.reason)

    return await create(request, principal, id.bytes + body.into.bytes, purposes.INTAKE, do=do, show=_show)


@router.post("/people/{id}/unmerge", status_code=201)
async def unmerge(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff"),
) -> MergeView:
    """Undo the merging of this person, as long as nothing new was attached."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return await actions.undo(tx, desk, id)

    return await create(request, principal, id.bytes, purposes.INTAKE, do=do, show=_show)


async def _show(tx: Tx, id_: UUID) -> MergeView:
    return _view(await actions.shown(tx, id_))


def _view(one: Merge) -> MergeView:
    return MergeView(
        id=one.id,
        merged=one.merged,
        into=one.survivor,
        reason=one.reason,
        staff=one.staff,
        agency=one.agency,
        at=one.merged_at,
        undoable=one.undoable,
        undone_at=one.undone_at,
        undone_by=one.undone_by,
    )
