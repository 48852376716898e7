"""A round over HTTP: open, contribute to its lottery, close, compute, confirm or send back, end; look."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, StringConstraints
from starlette.requests import Request

from ieum.common.events.programme import Name
from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, create, example, may, requires, unit
from ieum.matching.rounds import actions, contributing, receipts, refilling
from ieum.matching.rounds.running import run

router = APIRouter(prefix="/rounds", tags=["rounds"])


class OpenRound(Body):
    """Which programme's places are given."""

    model_config = example({"programme": "city-walks-2022"})

    programme: Name


class SendBack(Body):
    """Why the computation is not confirmed; it stands on the log, so it names nobody."""

    model_config = example({"reason": "지역 배분을 다시 확인해야 합니다."})

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Commit(Body):
    """Taking part in the lottery: the name on the log, and SHA-256 of 16 to 64 secret bytes, in hex."""

    model_config = example(
        {
            "party": "대구참여연대(가상)",
            "commitment": "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925",
        }
    )

    party: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    commitment: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Reveal(Body):
    """The bytes that were committed to, in lower-case hex."""

    model_config = example({"part": "00" * 32})

    part: Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{2}){16,64}$")]


class ContributionView(BaseModel):
    """What a party contributes to the lottery; `part` once it is revealed."""

    party: str
    commitment: str
    part: str | None
    committed_at: datetime
    revealed_at: datetime | None


class RefillView(BaseModel):
    """What came free after the round, given by a market of its own; `number` from 1."""

    number: int
    market_digest: str
    result_digest: str
    lines_root: str
    counts: dict[str, int]
    made_at: datetime


class Receipt(BaseModel):
    """A person's line of a result, and the proof that it is among those on the log (`ieum match receipt`).

    `line` is JSON in RFC 8785 bytes, leaf `index` (from 0) of `size` in the tree with this `root`.
    """

    format: str
    round: UUID
    line: str
    index: int
    size: int
    proof: list[str]
    root: str
    market: str
    result: str


class RoundView(BaseModel):
    """A round; `seed` is shown once it is computed. Digests are SHA-256 in hex.

    `commitment` is that of the platform's own part in the lottery, `contributions` are those of others in the
    present `attempt`. `frozen_digest` is that of the market without its seed, `result_digest` that of the
    outcome, as in the result's certificate and on the log, `lines_root` that of the receipts.
    """

    id: UUID
    programme: str
    state: str
    attempt: int
    commitment: str
    contributions: list[ContributionView]
    seed: str | None
    frozen_digest: str | None
    market_digest: str | None
    result_digest: str | None
    lines_root: str | None
    counts: dict[str, int] | None
    refills: list[RefillView]
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    reveal_by: datetime | None
    computed_at: datetime | None
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    reason: str | None
    ended_at: datetime | None


@router.post("", status_code=201)
async def open_round(request: Request, body: OpenRound, principal: Principal = requires()) -> RoundView:
    """Open a round: the commitment to the platform's part of its lottery goes on the log."""
    return await create(
        request,
        principal,
        body,
        purposes.MATCHING,
        do=lambda tx: actions.open_round(tx, body.programme),
        show=_shown,
    )


@router.post("/{id}/commitments")
async def commit(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Commit,
    principal: Principal = requires(),
) -> RoundView:
    """Take part in the lottery, while the round is open. Repeated, it answers the same."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await contributing.take_part(tx, id, body.party, body.commitment)
        return await _shown(tx, id)


@router.post("/{id}/closing")
async def close(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> RoundView:
    """Close applications: who takes part is fixed by a digest on the log. Repeated, it answers the same."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.close(tx, id)
        return await _shown(tx, id)


@router.post("/{id}/reveals")
async def reveal(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: Reveal,
    principal: Principal = requires(),
) -> RoundView:
    """Reveal what one committed to, after the closing. Repeated, it answers the same."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await contributing.reveal(tx, id, body.part)
        return await _shown(tx, id)


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
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.confirm(tx, id, principal.name)
        return await _shown(tx, id)


@router.post("/{id}/return")
async def send_back(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    body: SendBack,
    principal: Principal = requires(),
) -> RoundView:
    """A named official sends the computation back. Repeated, it answers the same, with the first reason."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.send_back(tx, id, principal.name, body.reason)
        return await _shown(tx, id)


@router.post("/{id}/end")
async def end(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> RoundView:
    """A named official ends it: what comes free is not passed on any more. Repeated, it answers the same."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        await actions.end(tx, id, principal.name)
        return await _shown(tx, id)


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


async def _view(request: Request, principal: Principal, id_: UUID) -> RoundView:
    async with unit(request, principal, purposes.MATCHING) as tx:
        return await _shown(tx, id_)


async def _shown(tx: Tx, id_: UUID) -> RoundView:
    round_ = await actions.find(tx, id_)
    values: dict[str, Any] = {name: getattr(round_, name, None) for name in RoundView.model_fields}
    values["seed"] = round_.seed.hex() if round_.seed else None
    values["contributions"] = [
        ContributionView(
            party=one.party,
            commitment=one.commitment,
            part=one.part.hex() if one.part else None,
            committed_at=one.committed_at,
            revealed_at=one.revealed_at,
        )
        for one in await contributing.contributions(tx, id_)
    ]
    values["refills"] = [
        RefillView(**{name: getattr(one, name) for name in RefillView.model_fields})
        for one in await refilling.refills(tx, id_)
    ]
    return RoundView(**values)
