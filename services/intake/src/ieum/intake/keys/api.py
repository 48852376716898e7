"""HTTP routes by which an operator exchanges the key-encryption key."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.kafka.keyring import KeyRing
from ieum.common.kernel.errors import Retryable
from ieum.common.privacy import purposes
from ieum.common.service import dependencies, keks
from ieum.common.web import Principal, requires, unit
from ieum.intake.keys import actions, jobs
from ieum.intake.people.actions import Desk

router = APIRouter(prefix="/operations/keys", tags=["operations"])


class KeysView(BaseModel):
    """The key-encryption key that wraps now, and how many keys lie under which; none of them is shown.

    An empty name: wrapped before names were kept.
    """

    present: str
    keys: dict[str, int]


class RewrappedView(BaseModel):
    """How many keys were wrapped anew; ask again with `after`, until it is null."""

    rewrapped: int
    after: str | None


class ReconciledView(BaseModel):
    """How many keys a restored backup had brought back."""

    destroyed: int


@router.get("")
async def show_keys(request: Request, principal: Principal = requires("operator")) -> KeysView:
    """How far an exchange is."""
    async with unit(request, principal, purposes.OPERATION) as tx:
        present = Desk.of(request.app.state.service).keys.kek
        return KeysView(present=present, keys=await actions.by_kek(tx))


@router.post("/rewrap", status_code=200)
async def rewrap(
    request: Request,
    after: Annotated[str, Query(max_length=100, description="the last kid of the batch before")] = "",
    principal: Principal = requires("operator"),
) -> RewrappedView:
    """Wrap the next 500 keys under the present key-encryption key: again it changes nothing."""
    async with unit(request, principal, purposes.OPERATION) as tx:
        done = await actions.rewrap(tx, Desk.of(request.app.state.service), after)
    return RewrappedView(rewrapped=done.keys, after=done.last)


@router.post("/reconcile", status_code=200)
async def reconcile(request: Request, _: Principal = requires("operator")) -> ReconciledView:
    """After a restore: destroy again what was destroyed since the backup, as `intake-keys` says.

    503 without a broker.
    """
    service = request.app.state.service
    if reason := await dependencies.missing(service):  # following the topic would wait without an end
        raise Retryable(reason)
    ring = KeyRing(service.settings.kafka, keks.wrapper(service.settings))
    return ReconciledView(destroyed=await jobs.reconcile(service, ring))
