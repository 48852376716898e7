"""Workers, who needs one, proposals and decisions, for staff of an agency."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.requests import Request

from ieum.common.events.matching_assignments import AssignmentRole
from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Principal, create, requires, unit
from ieum.matching.assignment import actions, asking
from ieum.matching.assignment.computing import solve_apart
from ieum.matching.assignment.domain import State
from ieum.matching.assignment.views import (
    Ask,
    AssignmentLine,
    AssignmentList,
    AssignmentView,
    Compute,
    Computed,
    Confirm,
    PutWeights,
    PutWorker,
    WorkerList,
    WorkerView,
    line,
    view,
    worker_view,
)

router = APIRouter(tags=["assignment"])

PAGE_MAX = 200
WorkerId = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._@-]+$")]


@router.put("/workers/{id}")
async def put_worker(
    request: Request,
    id: WorkerId,  # noqa: A002 - the path's own word
    body: PutWorker,
    principal: Principal = requires(),
) -> WorkerView:
    """Say what an account of one's own agency can take: fields, languages, districts, how many."""
    agency, city = agency_of(principal), request.app.state.service.city
    for field in body.fields_:
        asking.check_field(field, city)
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.put_worker(tx, agency, body.profile(id))
        found = await actions.workers(tx, agency)
    return next(worker_view(one) for one in found if one.worker.id == id)


@router.get("/workers")
async def list_workers(request: Request, principal: Principal = requires()) -> WorkerList:
    """The agency's workers, and how many each one has."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        found = await actions.workers(tx, agency_of(principal))
    return WorkerList(items=[worker_view(one) for one in found])


@router.get("/assignments/weights/{role}")
async def show_weights(
    request: Request, role: AssignmentRole, principal: Principal = requires()
) -> PutWeights:
    """What each factor counts at this agency."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        found = await actions.weights(tx, agency_of(principal), role)
    return PutWeights.model_validate(found, from_attributes=True)


@router.put("/assignments/weights/{role}")
async def put_weights(
    request: Request, role: AssignmentRole, body: PutWeights, principal: Principal = requires()
) -> PutWeights:
    """Set what each factor counts at this agency, from the next computation on."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.put_weights(tx, agency_of(principal), role, body.weights())
    return body


@router.post("/assignments", status_code=201)
async def ask(request: Request, body: Ask, principal: Principal = requires()) -> AssignmentLine:
    """Say that somebody is needed. What for stays sealed."""
    agency, city = agency_of(principal), request.app.state.service.city
    asked = asking.Asked(**body.model_dump())

    async def show(tx: Tx, id_: UUID) -> AssignmentLine:
        return line(await actions.find(tx, id_, agency))

    return await create(
        request,
        principal,
        body,
        purposes.MATCHING,
        do=lambda tx: asking.ask(tx, asked, agency, city),
        show=show,
    )


@router.post("/assignments/proposals")
async def compute(request: Request, body: Compute, principal: Principal = requires()) -> Computed:
    """Work out who fits best, for all of a role of whom nobody decided yet, in a process of its own.

    Repeated on the same facts it proposes the same, and tells nothing more.
    """
    agency, service = agency_of(principal), request.app.state.service
    async with unit(request, principal, purposes.MATCHING) as tx:
        instance = await actions.gather(tx, agency, body.role)
    given = await solve_apart(instance, service.settings.clearing_seconds_max)
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.keep(tx, agency, body.role, (instance, given), service.city)
    return Computed(role=body.role, proposed=len(given), open=len(instance.tasks) - len(given))


@router.get("/assignments")
async def list_assignments(
    request: Request,
    role: AssignmentRole | None = None,
    state: State | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    principal: Principal = requires(),
) -> AssignmentList:
    """The agency's assignments, without what they are for."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        found = await actions.page(tx, agency_of(principal), role, state, after=after, limit=limit + 1)
    items = [line(one) for one in found[:limit]]
    return AssignmentList(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/assignments/{id}")
async def show_assignment(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> AssignmentView:
    """What is needed, who is proposed or decided, and why. Recorded as an access."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        return view(await actions.show(tx, id, agency_of(principal)))


@router.post("/assignments/{id}/confirmation")
async def confirm(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Confirm,
    principal: Principal = requires(),
) -> AssignmentLine:
    """A named person decides for who is proposed, or for somebody else and why. Repeated, the same answer."""
    if (body.worker is None) != (body.reason is None):
        raise Refusal(
            "reason-missing",
            ko="다른 담당자로 바꾸실 때에는 담당자와 사유를 함께 적어 주십시오.",
            en="To decide for somebody else, say whom and why.",
            pointer="/reason" if body.worker else "/worker",
        )
    agency = agency_of(principal)
    other = (body.worker, body.reason) if body.worker and body.reason else None
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.confirm(tx, id, agency, principal.name, other)
        return line(await actions.find(tx, id, agency))


@router.post("/assignments/{id}/end")
async def end(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> AssignmentLine:
    """It is done, or nobody is needed any more. Repeated, it answers the same."""
    agency = agency_of(principal)
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.end(tx, id, agency, "done")
        return line(await actions.find(tx, id, agency))


def agency_of(principal: Principal) -> str:
    """For whom somebody works; raises Refusal 403 `no-agency`."""
    if principal.agency is None:
        raise Refusal(
            "no-agency",
            ko="기관에 소속된 분만 이용하실 수 있습니다.",
            en="Only who works for an agency may do this.",
            status=403,
        )
    return principal.agency
