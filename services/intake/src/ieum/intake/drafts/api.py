"""HTTP routes of drafts: saved at any time, resumed later, submitted once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake import Answer, Channel
from ieum.common.events.programme import Name
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.privacy import purposes
from ieum.common.web import Body, Made, Principal, Version, create, etag, requires, unit
from ieum.intake.drafts import actions
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.applications.domain import Shown
    from ieum.intake.drafts.domain import Draft, DraftContent

router = APIRouter(tags=["drafts"])

OWN = "본인 열람"
Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]
Choice = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Line = Annotated[str, StringConstraints(max_length=4000)]
# As of an application: nine digits hold any sum that is asked for, and no resident registration number.
Number = Annotated[int, Field(strict=True, ge=-999_999_999, le=999_999_999)]
Given = Line | bool | Number | Annotated[list[Line], Field(max_length=100)]


class WriteDraft(Body):
    """What is chosen and written so far; what is lacking may come later."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"choices": [], "answers": {}}]})
    choices: Annotated[list[Choice], Field(max_length=50)] = []
    answers: Annotated[dict[Choice, Given], Field(max_length=50)] = {}


class SaveDraft(WriteDraft):
    """Somebody begins an application to a programme."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person": "019f218e-5f43-72dd-9944-6369895be6e2",
                    "programme": "a-programme-2026",
                    "choices": [],
                    "answers": {"destination": "하노이"},
                }
            ]
        }
    )
    person: UUID
    programme: Name


class DraftView(BaseModel):
    """A draft and the day on which it is deleted unless changed; what was written only when revealed."""

    id: UUID
    person: UUID
    programme: str
    agency: str | None
    version: int
    made_at: datetime
    changed_at: datetime
    expires_at: datetime
    choices: list[UUID] | None = None
    answers: dict[str, Answer] | None = None


class DraftList(BaseModel):
    """A person's drafts, the longest untouched first."""

    items: list[DraftView]


class SubmittedView(BaseModel):
    """The application that a draft became, and the number to ask with."""

    application: UUID
    receipt: str
    programme_version: int
    submitted_at: datetime


@router.post("/drafts", status_code=201)
async def save(
    request: Request, body: SaveDraft, principal: Principal = requires("citizen", "staff")
) -> DraftView:
    """Begin an application; one draft a person and programme. Kept for 30 days after the last change."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> UUID:
        return await actions.save(tx, desk, **dict(body))

    async def show(tx: Tx, id_: UUID) -> DraftView:
        return _view(await actions.visible(tx, desk, id_))

    return await create(request, principal, body, purposes.INTAKE, do=do, show=show)


@router.get("/people/{id}/drafts")
async def list_drafts(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> DraftList:
    """A person's drafts, without what was written."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.of(tx, Desk.of(request.app.state.service), id)
        return DraftList(items=[_view(one) for one in found])


@router.get("/drafts/{id}")
async def resume(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    reveal: Reason = None,
    principal: Principal = requires("citizen", "staff"),
) -> DraftView:
    """Go on with a draft: its version is the ETag. Staff say why they open what was written, recorded."""
    if reveal and (found := find_forbidden(reveal)):
        raise refusal(found.kind)
    async with unit(request, principal, purposes.INTAKE) as tx:
        draft = await actions.visible(tx, Desk.of(request.app.state.service), id)
        reason = reveal or (OWN if tx.actor.kind == "person" else None)
        content = await actions.reveal(tx, draft, reason=reason) if reason else None
    response.headers["ETag"] = etag(draft.version)
    return _view(draft, content)


@router.put("/drafts/{id}")
async def change(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: WriteDraft,
    version: Version,
    principal: Principal = requires("citizen", "staff"),
) -> DraftView:
    """Replace what was chosen and written; needs `If-Match`."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        draft = await actions.change(tx, Desk.of(request.app.state.service), id, version, **dict(body))
    response.headers["ETag"] = etag(draft.version)
    return _view(draft)


@router.delete("/drafts/{id}", status_code=204)
async def delete(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> None:
    """Throw a draft away with its files."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        await actions.delete(tx, Desk.of(request.app.state.service), id)


@router.post("/drafts/{id}/submission", status_code=201)
async def submit(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    version: Version,
    principal: Principal = requires("citizen", "staff"),
) -> SubmittedView:
    """Submit a draft as it was read (`If-Match`); all that is missing is told at once."""
    desk = Desk.of(request.app.state.service)

    async def do(tx: Tx) -> Made[SubmittedView]:
        channel: Channel = "web" if tx.actor.kind == "person" else "counter"
        made = await actions.submit(tx, desk, id, version, channel=channel)
        return Made(made.application.id, _submitted(made))

    async def show(tx: Tx, id_: UUID) -> SubmittedView:
        return _submitted(await actions.submitted(tx, desk, id_))

    return await create(request, principal, id.bytes, purposes.INTAKE, do=do, show=show)


def _view(draft: Draft, content: DraftContent | None = None) -> DraftView:
    plain = {
        name: getattr(draft, name) for name in DraftView.model_fields if name not in ("choices", "answers")
    }
    return DraftView(**plain, **(dict(content) if content else {}))


def _submitted(made: Shown) -> SubmittedView:
    one = made.application
    return SubmittedView(
        application=one.id,
        receipt=one.receipt,
        programme_version=one.programme_version,
        submitted_at=one.submitted_at,
    )
