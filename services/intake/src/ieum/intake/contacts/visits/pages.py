"""The page of the front desk and of a window: plain HTML, no script; every button is a form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import APIRouter
from pydantic import StringConstraints, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, idempotency, render, requires, unit
from ieum.common.web.texts import Text
from ieum.intake.contacts.bodies import Long
from ieum.intake.contacts.recording import own_agency
from ieum.intake.contacts.visits import actions, views
from ieum.intake.contacts.visits.actions import Asked, NewVisit
from ieum.intake.contacts.visits.bodies import Agencies, Place
from ieum.intake.contacts.visits.domain import Move
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

TEMPLATES = Path(__file__).parent / "templates"
FIELDS_MAX = 40
PATH = "/desk"
CREATED = 201

router = APIRouter(include_in_schema=False)

STATES = {
    "waiting": Text("대기", "Waiting"),
    "called": Text("호출", "Called"),
}


class TakeForm(Body):
    """What the front desk types; `key` makes two clicks one visit."""

    key: UUID
    agencies: Agencies
    person: UUID | None = None
    story: Long | None = None


class MoveForm(Body):
    """Which button of a window, on the version that was shown."""

    move: Literal["call", "put-back", "serve", "leave"]
    version: Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,8}$")]  # forms know text alone
    place: Place | None = None


@router.get(PATH)
async def show(
    request: Request, visit: UUID | None = None, principal: Principal = requires("staff", "official")
) -> Response:
    """The front desk's form and the queue of one's own agency; `visit`: the one that was just taken."""
    try:
        async with unit(request, principal, purposes.INTAKE) as tx:
            return await _page(request, tx, visit)
    except Refusal as refused:
        return _refused(request, refused)


@router.post(f"{PATH}/visits")
async def take(request: Request, principal: Principal = requires("staff", "official")) -> Response:
    """Take a visit; the answer leads to the page with its number, so that loading it again takes none."""
    try:
        form = TakeForm.model_validate(await _fields(request, lists=("agencies",)))
        async with unit(request, principal, purposes.INTAKE) as tx:
            visit = await _once(request, principal, tx, form)
    except (Refusal, ValidationError) as wrong:
        return _refused(request, wrong)
    return _back(request, f"?visit={visit}")


@router.post(f"{PATH}/windows/{{id}}")
async def move(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff", "official"),
) -> Response:
    """A button at one's own window."""
    try:
        form = MoveForm.model_validate(await _fields(request))
        command: Move = form.move
        asked = Asked(id, int(form.version), command, form.place if command == "call" else None)
        async with unit(request, principal, purposes.INTAKE) as tx:
            await actions.move(tx, Desk.of(request.app.state.service), asked)
    except (Refusal, ValidationError) as wrong:
        return _refused(request, wrong)
    return _back(request)


async def _page(request: Request, tx: Tx, taken: UUID | None) -> Response:
    service = request.app.state.service
    agency = own_agency(tx)
    visit = await actions.shown(tx, taken) if taken else None
    return render(
        request,
        "desk.html.j2",
        agency=service.city.agency(agency),
        agencies=service.city.agencies,
        key=new_id(tx.now),
        number=visit.number if visit else None,
        ticket=views.ticket(visit.number) if visit else None,
        queue=views.queue_view(await actions.queue(tx, agency)).items,
        states=STATES,
    )


async def _once(request: Request, principal: Principal, tx: Tx, form: TakeForm) -> UUID:
    """Take the visit, or give the one that this form took already."""
    asked = idempotency.attempt(
        request.app.state.web.secrets.search,
        principal=principal.subject,
        route=f"POST {PATH}/visits",
        key=str(form.key),
        body=form.model_dump_json().encode(),
    )
    if earlier := await idempotency.earlier(tx, asked):
        return earlier.resource
    new = NewVisit(form.agencies, form.person, story=form.story)
    visit = await actions.take(tx, Desk.of(request.app.state.service), new)
    await idempotency.keep(tx, asked, idempotency.Outcome(visit, CREATED))
    return visit


async def _fields(request: Request, *, lists: tuple[str, ...] = ()) -> dict[str, Any]:
    """The form's fields that were filled in; raises Refusal `form-unreadable`."""
    try:
        pairs = parse_qsl((await request.body()).decode(), max_num_fields=FIELDS_MAX)
    except ValueError:
        raise _unreadable() from None
    found: dict[str, Any] = {name: value for name, value in pairs if name not in ("csrf", *lists)}
    return found | {name: [value for key, value in pairs if key == name] for name in lists}


def _back(request: Request, query: str = "") -> Response:
    return RedirectResponse(f"/{request.app.state.web.service}{PATH}{query}", 303)


def _refused(request: Request, wrong: Refusal | ValidationError) -> Response:
    refusal = wrong if isinstance(wrong, Refusal) else _unreadable()
    text = Text(refusal.ko, refusal.en)
    return render(request, "desk-refused.html.j2", status=refusal.status, text=text)


def _unreadable() -> Refusal:
    return Refusal(
        "form-unreadable",
        ko="입력하신 내용을 확인해 주십시오. 창구는 한 곳 이상 고르셔야 합니다.",
        en="Please check what was entered. At least one window is needed.",
    )
