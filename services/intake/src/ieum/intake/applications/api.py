"""HTTP routes of applications."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.intake import Channel
from ieum.common.events.programme import Name
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import (
    Body,
    Creating,
    Made,
    Principal,
    Version,
    create,
    etag,
    example,
    requires,
    unit,
)
from ieum.intake.applications import actions, domain
from ieum.intake.applications.domain import Submission
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.common.postgres import Tx
    from ieum.common.service.app import Service
    from ieum.intake.applications.domain import Fact, Shown

router = APIRouter(tags=["applications"])

Choice = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Line = Annotated[str, StringConstraints(max_length=4000)]
# Nine digits hold any sum of won that is asked for, and no resident registration number.
Number = Annotated[int, Field(strict=True, ge=-999_999_999, le=999_999_999)]
Answer = Line | bool | Number | Annotated[list[Line], Field(max_length=100)]


class SubmitApplication(Body):
    """A person asks for a place; `choices` are opening ids or codes, the best liked first.

    `received_on`: the day on which a window received it on paper, said by staff alone; else it is today.
    """

    model_config = example(
        {
            "person": "0193a000-0000-7000-8000-000000000001",
            "programme": "city-walks-2022",
            "choices": ["W22-001", "W22-002"],
        }
    )

    person: UUID
    programme: Name
    choices: Annotated[list[Choice], Field(max_length=50)]
    answers: Annotated[dict[Choice, Answer], Field(max_length=50)] = {}
    received_on: date | None = None

    def submission(self, actor_kind: str) -> Submission:
        """What is asked, as people themselves or the staff at a window ask it."""
        channel: Channel = "web" if actor_kind == "person" else "counter"
        return Submission(channel=channel, **dict(self))


class ChangeApplication(Body):
    """What replaces the choices and the form of an application."""

    model_config = example({"choices": ["W22-002", "W22-001"]})

    choices: Annotated[list[Choice], Field(max_length=50)]
    answers: Annotated[dict[Choice, Answer], Field(max_length=50)] = {}


class ChoiceView(BaseModel):
    """A ranked choice, from 1."""

    rank: int
    opening: UUID
    code: str
    title: str


class StepView(BaseModel):
    """Something that happened; `opening` is its code where it is about one."""

    status: str
    at: datetime
    opening: str | None


class ApplicationView(BaseModel):
    """An application: where it stands, and how it came there. `receipt` is the number to ask with."""

    id: UUID
    receipt: str
    status: str
    person: UUID
    programme: str
    programme_version: int
    channel: Channel
    agency: str
    submitted_at: datetime
    withdrawn_at: datetime | None
    choices: list[ChoiceView]
    timeline: list[StepView]


class ApplicationList(BaseModel):
    """A person's applications, the oldest first."""

    items: list[ApplicationView]


async def _submit(
    _service: Service, tx: Tx, asked: Sequence[tuple[Tx, SubmitApplication]]
) -> list[Made[ApplicationView] | Refusal]:
    made = await actions.apply_all(tx, [(own, body.submission(own.actor.kind)) for own, body in asked])
    return [one if isinstance(one, Refusal) else Made(one.application.id, _view(one)) for one in made]


async def _show(service: Service, tx: Tx, id_: UUID) -> ApplicationView:
    return _view(await actions.shown(tx, Desk.of(service), id_))


_submitting = Creating(purposes.INTAKE, do=_submit, show=_show)


@router.post("/applications", status_code=201)
async def submit(
    request: Request, body: SubmitApplication, principal: Principal = requires()
) -> ApplicationView:
    """Apply to a programme; one live application per person and programme."""
    return await _submitting.create(request, principal, body)


@router.get("/applications/{id}")
async def show_application(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    response: Response,
    principal: Principal = requires(),
) -> ApplicationView:
    """One application with its timeline; its version is the ETag."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.shown(tx, Desk.of(request.app.state.service), id)
    response.headers["ETag"] = etag(found.application.sequence)
    return _view(found)


@router.put("/applications/{id}")
async def change(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: ChangeApplication,
    version: Version,
    response: Response,
    principal: Principal = requires(),
) -> ApplicationView:
    """Choose or write anew while applications are taken and nothing is decided; needs `If-Match`."""
    desk = Desk.of(request.app.state.service)
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.change(tx, desk, id, version, **dict(body))
    response.headers["ETag"] = etag(found.application.sequence)
    return _view(found)


@router.get("/people/{id}/applications")
async def list_applications(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> ApplicationList:
    """A person's applications, those under merged registrations among them."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await actions.shown_of(tx, Desk.of(request.app.state.service), id)
        return ApplicationList(items=[_view(one) for one in found])


@router.post("/applications/{id}/withdrawal", status_code=201)
async def withdraw(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> ApplicationView:
    """Take an application back."""

    async def do(tx: Tx) -> UUID:
        return await actions.withdraw(tx, id)

    async def show(tx: Tx, id_: UUID) -> ApplicationView:
        return _view(await actions.shown(tx, Desk.of(request.app.state.service), id_))

    # The id is in the path alone: it stands for the body, so that a key serves one application.
    return await create(request, principal, id.bytes, purposes.INTAKE, do=do, show=show)


def _view(shown: Shown) -> ApplicationView:
    application = shown.application
    return ApplicationView(
        id=application.id,
        receipt=application.receipt,
        status=domain.present(shown.timeline).status,
        person=application.person,
        programme=application.programme,
        programme_version=application.programme_version,
        channel=application.channel,
        agency=application.agency,
        submitted_at=application.submitted_at,
        withdrawn_at=application.withdrawn_at,
        choices=[
            ChoiceView(rank=rank, opening=id_, code=shown.openings[id_].code, title=shown.openings[id_].title)
            for rank, id_ in enumerate(application.choices, start=1)
        ],
        timeline=[_step(shown, fact) for fact in shown.timeline],
    )


def _step(shown: Shown, fact: Fact) -> StepView:
    opening = shown.openings.get(fact.opening) if fact.opening else None
    return StepView(status=fact.status, at=fact.at, opening=opening.code if opening else None)
