"""A round over HTTP: open, compute, look, confirm or send back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, StringConstraints
from starlette.requests import Request

from ieum.common.events.programme import Name
from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, create, example, may, requires, unit
from ieum.matching.rounds import actions
from ieum.matching.rounds.computing import clear_apart
from ieum.matching.rounds.domain import Round

router = APIRouter(prefix="/rounds", tags=["rounds"])


class OpenRound(Body):
    """Which programme's places are given."""

    model_config = example({"programme": "city-walks-2022"})

    programme: Name


class SendBack(Body):
    """Why the computation is not confirmed; it stands on the log, so it names nobody."""

    model_config = example({"reason": "지역 배분을 다시 확인해야 합니다."})

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class RoundView(BaseModel):
    """A round; `seed` is shown once it is computed. Digests are SHA-256 in hex.

    `result_digest` is that of the outcome, as in the result's certificate and on the log.
    """

    id: UUID
    programme: str
    state: str
    commitment: str
    seed: str | None
    market_digest: str | None
    result_digest: str | None
    counts: dict[str, int] | None
    opened_by: str
    opened_at: datetime
    computed_at: datetime | None
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    reason: str | None


@router.post("", status_code=201)
async def open_round(
    request: Request, body: OpenRound, principal: Principal = requires("official")
) -> RoundView:
    """Open a round: the commitment to its lottery seed goes on the log."""
    return await create(
        request,
        principal,
        body,
        purposes.MATCHING,
        do=lambda tx: actions.open_round(tx, body.programme),
        show=_shown,
    )


@router.post("/{id}/computation")
async def compute(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("official"),
) -> RoundView:
    """Compute and verify; repeated, it answers the same. While it computes it holds no connection."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        market = await actions.gather(tx, id)
    if market is not None:
        seconds_max = request.app.state.service.settings.clearing_seconds_max
        cleared = await clear_apart(market, seconds_max)
        async with unit(request, principal, purposes.MATCHING) as tx:
            await actions.keep(tx, id, market, cleared, _sizes(market))
    return await _view(request, principal, id)


def _sizes(market: bytes) -> dict[str, int]:
    document = json.loads(market)
    return {
        "applicants": len(document["applicants"]),
        "openings": len(document["openings"]),
        "places": sum(opening["capacity"] for opening in document["openings"]),
    }


@router.post("/{id}/confirmation")
async def confirm(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("official"),
) -> RoundView:
    """A named official confirms: proposals go out. Repeated, it answers the same."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.confirm(tx, id, principal.name)
        return await _shown(tx, id)


@router.post("/{id}/return")
async def send_back(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: SendBack,
    principal: Principal = requires("official"),
) -> RoundView:
    """A named official sends the computation back. Repeated, it answers the same, with the first reason."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.send_back(tx, id, principal.name, body.reason)
        return await _shown(tx, id)


@router.get("/{id}")
async def show_round(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("official", "auditor"),
) -> RoundView:
    """How a round stands."""
    return await _view(request, principal, id)


@router.get("/{id}/market", response_class=Response, responses=may(409))
async def show_market(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("official", "auditor"),
) -> Response:
    """The market that was cleared, byte for byte (`ieum-market/1`)."""
    async with unit(request, principal, purposes.AUDIT) as tx:
        return _document((await actions.find(tx, id)).market)


@router.get("/{id}/result", response_class=Response, responses=may(409))
async def show_result(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("official", "auditor"),
) -> Response:
    """The result with its certificate, byte for byte (`ieum-result/1`)."""
    async with unit(request, principal, purposes.AUDIT) as tx:
        return _document((await actions.find(tx, id)).result)


def _document(content: bytes | None) -> Response:
    if content is None:
        raise Refusal(
            "not-computed",
            ko="아직 계산되지 않은 회차입니다.",
            en="This round is not computed yet.",
            status=409,
        )
    return Response(content, media_type="application/json")


async def _view(request: Request, principal: Principal, id_: UUID) -> RoundView:
    async with unit(request, principal, purposes.MATCHING) as tx:
        return await _shown(tx, id_)


async def _shown(tx: Tx, id_: UUID) -> RoundView:
    return _of(await actions.find(tx, id_))


def _of(round_: Round) -> RoundView:
    plain = {name: getattr(round_, name) for name in RoundView.model_fields if name != "seed"}
    return RoundView(**plain, seed=None if round_.state == "opened" else round_.seed.hex())
