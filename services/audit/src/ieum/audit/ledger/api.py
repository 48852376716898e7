"""The log over HTTP: C2SP tlog-tiles' public files under /audit/log, and openings for those entitled."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import PlainTextResponse, Response

from ieum.audit.ledger import actions
from ieum.audit.ledger.proof import EventProof, OpeningView
from ieum.audit.ledger.tiles import Tile
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit

router = APIRouter(prefix="/log", tags=["log"])

_MUTABLE: Final = {"Cache-Control": "public, max-age=1"}
_IMMUTABLE: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_INDEX_MAX: Final = 2**63 - 1


@router.get("/checkpoint", response_class=PlainTextResponse)
async def checkpoint(request: Request) -> Response:
    """The newest checkpoint, a signed note (c2sp.org/tlog-checkpoint)."""
    async with unit(request, None, purposes.AUDIT) as tx:
        return PlainTextResponse(await actions.checkpoint(tx), headers=_MUTABLE)


@router.get("/key", response_class=PlainTextResponse)
async def key(request: Request) -> Response:
    """The log's verifier key (vkey). Whoever does not trust this service takes it from somewhere else."""
    return PlainTextResponse(request.app.state.service.settings.signer().verifier.vkey + "\n")


@router.get("/tile/{path:path}", response_class=Response)
async def tile(request: Request, path: str) -> Response:
    """A hash tile `<L>/<N>[.p/<W>]` or an entry bundle `entries/<N>[.p/<W>]` (c2sp.org/tlog-tiles)."""
    try:
        wanted = Tile.parse(f"tile/{path}")
    except ValueError:
        raise _no_such_tile() from None
    if wanted.index > _INDEX_MAX >> 8:
        raise _no_such_tile()
    async with unit(request, None, purposes.AUDIT) as tx:
        data = await actions.tile(tx, wanted)
    return Response(data, media_type="application/octet-stream", headers=_IMMUTABLE)


@router.get("/openings/{index}")
async def opening(
    request: Request,
    index: Annotated[int, Path(ge=0, le=_INDEX_MAX)],
    principal: Principal = requires(),
) -> OpeningView:
    """What opens a leaf's commitment; the access is recorded."""
    async with unit(request, principal, purposes.AUDIT) as tx:
        return await actions.opening(tx, index)


@router.get("/events/{event_id}/proof")
async def proof(request: Request, event_id: UUID, principal: Principal = requires()) -> EventProof:
    """The proof that an event is in the log, with its opening; the access is recorded."""
    async with unit(request, principal, purposes.AUDIT) as tx:
        return await actions.prove_event(tx, event_id)


def _no_such_tile() -> Refusal:
    return Refusal(
        "no-such-tile",
        ko="이런 이름의 타일은 없습니다.",
        en="There is no tile of this name.",
        status=404,
    )
