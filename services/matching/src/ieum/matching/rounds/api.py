"""A round over HTTP: open, contribute to its lottery, close, compute, confirm or send back, end; look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from starlette.requests import Request

from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Principal, create, may, requires, unit
from ieum.matching.rounds import actions, contributing, receipts, refilling
from ieum.matching.rounds.running import run
from ieum.matching.rounds.views import Commit, OpenRound, Receipt, Reveal, RoundView, SendBack, shown

router = APIRouter(prefix="/rounds", tags=["rounds"])


@router.post("", status_code=201)
async def open_round(request: Request, body: OpenRound, principal: Principal = requires()) -> RoundView:
    """Open a round: the commitment to the platform's part of its lottery goes on the log."""
    return await create(
        request,
        principal,
        body,
        purposes.MATCHING,
        do=lambda tx: actions.open_round(tx, body.programme),
        show=shown,
    )


@router.post("/{id}/commitments")
async def commit(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Commit,
    principal: Principal = requires(),
) -> RoundView:
    """Take part in the lottery, while the round is open. Repeated, it answers the same."""
    return await _act(
        request, principal, id, lambda tx: contributing.take_part(tx, id, body.party, body.commitment)
    )


@router.post("/{id}/closing")
async def close(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> RoundView:
    """Close applications: who takes part is fixed by a digest on the log. Repeated, it answers the same."""
    return await _act(request, principal, id, lambda tx: actions.close(tx, id))


@router.post("/{id}/reveals")
async def reveal(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Reveal,
    principal: Principal = requires(),
) -> RoundView:
    """Reveal what one committed to, after the closing. Repeated, it answers the same."""
    return await _act(request, principal, id, lambda tx: contributing.reveal(tx, id, body.part))


@router.post("/{id}/computation")
async def compute(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> RoundView:
    """Compute and verify; repeated, it answers the same. While it computes it holds no connection."""
    await run(request, principal, id)
    return await _view(request, principal, id)


@router.post("/{id}/confirmation")
async def confirm(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> RoundView:
    """A named official confirms: proposals go out. Repeated, it answers the same."""
    return await _act(request, principal, id, lambda tx: actions.confirm(tx, id, principal.name))


@router.post("/{id}/return")
async def send_back(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: SendBack,
    principal: Principal = requires(),
) -> RoundView:
    """A named official sends the computation back. Repeated, it answers the same, with the first reason."""
    return await _act(
        request, principal, id, lambda tx: actions.send_back(tx, id, principal.name, body.reason)
    )


@router.post("/{id}/end")
async def end(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> RoundView:
    """A named official ends it: what comes free is not passed on any more. Repeated, it answers the same."""
    return await _act(request, principal, id, lambda tx: actions.end(tx, id, principal.name))


@router.get("/{id}")
async def show_round(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> RoundView:
    """How a round stands."""
    return await _view(request, principal, id)


@router.get("/{id}/market", response_class=Response, responses=may(409))
async def show_market(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> Response:
    """The market that was cleared, byte for byte (`ieum-market/1`)."""
    async with unit(request, principal, purposes.AUDIT) as tx:
        return _document((await actions.documents(tx, id)).market)


@router.get("/{id}/result", response_class=Response, responses=may(409))
async def show_result(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> Response:
    """The result with its certificate, byte for byte (`ieum-result/1`)."""
    async with unit(request, principal, purposes.AUDIT) as tx:
        return _document((await actions.documents(tx, id)).result)


@router.get("/{id}/refills/{number}/market", response_class=Response)
async def show_refill_market(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    number: Annotated[int, Field(ge=1)],
    principal: Principal = requires(),
) -> Response:
    """The market of a refill, byte for byte (`ieum-market/1`)."""
    async with unit(request, principal, purposes.AUDIT) as tx:
        return _document((await refilling.documents(tx, id, number)).market)


@router.get("/{id}/refills/{number}/result", response_class=Response)
async def show_refill_result(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    number: Annotated[int, Field(ge=1)],
    principal: Principal = requires(),
) -> Response:
    """The result of a refill with its certificate, byte for byte (`ieum-result/1`)."""
    async with unit(request, principal, purposes.AUDIT) as tx:
        return _document((await refilling.documents(tx, id, number)).result)


@router.get("/{id}/applications/{application}/receipt", responses=may(409))
async def show_receipt(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    application: UUID,
    refill: Annotated[int | None, Field(ge=1)] = None,
    principal: Principal = requires(),
) -> Receipt:
    """An application's receipt, of the round or of one of its refills: whose it is asks, or their agency."""
    async with unit(request, principal, purposes.OWN_DATA) as tx:
        return Receipt.model_validate(await receipts.receipt(tx, id, application, refill))


def _document(content: bytes) -> Response:
    return Response(content, media_type="application/json")


async def _act(
    request: Request, principal: Principal, id_: UUID, step: Callable[[Tx], Awaitable[None]]
) -> RoundView:
    async with unit(request, principal, purposes.MATCHING) as tx:
        await step(tx)
        return await shown(tx, id_)


async def _view(request: Request, principal: Principal, id_: UUID) -> RoundView:
    async with unit(request, principal, purposes.MATCHING) as tx:
        return await shown(tx, id_)
