"""From a request to a transaction: who acts, for which purpose, and creating exactly once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse

from ieum.common.postgres import Actor
from ieum.common.web import idempotency
from ieum.common.web.edge import route_template
from ieum.common.web.model import Body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from uuid import UUID

    from starlette.requests import Request

    from ieum.common.postgres import Tx
    from ieum.common.privacy.search import SearchKey
    from ieum.common.web.tokens import Principal

View = TypeVar("View")

_STAFF = frozenset({"staff", "official", "operator", "auditor"})


@dataclass(frozen=True)
class Made(Generic[View]):
    """What was just made, presented from what is at hand, so that nothing is read again."""

    id: UUID
    view: View


def actor(principal: Principal | None, search: SearchKey | None = None) -> Actor:
    """The actor of row-level security; the public where nobody signed in. Staff comes before other roles.

    `search`: by which a citizen's own registrations are known.
    """
    if principal is None:
        return Actor("public", "public", None, frozenset())
    if principal.roles & _STAFF:
        return Actor("staff", principal.subject, principal.agency, principal.roles)
    kind = "workplace" if "workplace" in principal.roles else "person"
    owner = search.of("subject", principal.subject).hex() if search else ""
    return Actor(kind, principal.subject, principal.agency, principal.roles, owner)


@asynccontextmanager
async def unit(request: Request, principal: Principal | None, purpose: str) -> AsyncIterator[Tx]:
    """One transaction in the name of the principal for a purpose, carrying the request's correlation id."""
    service = request.app.state.service
    who, correlation_id = actor(principal, service.search), request.state.correlation_id
    async with service.database.unit_of_work(who, purpose, correlation_id=correlation_id) as tx:
        yield tx


def attempt_of(request: Request, principal: Principal | None, body: bytes) -> idempotency.Attempt:
    """What identifies a request that creates; raises Refusal 400 without a proper Idempotency-Key."""
    return idempotency.attempt(
        request.app.state.web.secrets.search,
        principal=principal.subject if principal else None,
        route=f"{request.method} {route_template(request.scope)}",
        key=request.headers.get(idempotency.HEADER),
        body=body,
    )


async def create(
    request: Request,
    principal: Principal | None,
    body: Body | bytes,
    purpose: str,
    *,
    do: Callable[[Tx], Awaitable[UUID | Made[View]]],
    show: Callable[[Tx, UUID], Awaitable[View]],
) -> View:
    """Create once per Idempotency-Key: `do` makes the resource, `show` presents it, unless `do` did.

    Repeated within 24 hours it answers with the first status and the present representation. Raises Refusal
    400 without a proper key, 409 while the first request runs, 422 where its body was another. Those who did
    not sign in share one scope: their key must be a UUID, so that nobody meets another's answer.
    """
    told = body if isinstance(body, bytes) else body.model_dump_json().encode()
    asked = attempt_of(request, principal, told)
    status = request.scope["route"].status_code or 200
    async with unit(request, principal, purpose) as tx:
        earlier = await idempotency.earlier(tx, asked)
        if earlier is None:
            made = await do(tx)
            id_ = made.id if isinstance(made, Made) else made
            await idempotency.keep(tx, asked, idempotency.Outcome(id_, status))
            return made.view if isinstance(made, Made) else await show(tx, id_)
        view = await show(tx, earlier.resource)
    if earlier.status == status:
        return view
    # The route's declared status changed since; FastAPI sends a ready response as it is.
    return cast("View", JSONResponse(jsonable_encoder(view), earlier.status))


def check_key(request: Request, principal: Principal | None) -> None:
    """Raise Refusal 400 without a proper key: for a route that takes a long body before it can create."""
    attempt_of(request, principal, b"")
