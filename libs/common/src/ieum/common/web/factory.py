"""The application factory: every service is put together the same way, under its own prefix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.errors import Refusal
from ieum.common.web.edge import Edge
from ieum.common.web.gathering import Gatherer
from ieum.common.web.health import health_routes
from ieum.common.web.limits import BodyLimit
from ieum.common.web.openapi import document
from ieum.common.web.pages import STATIC, environment, page_routes
from ieum.common.web.problems import handle_problems
from ieum.common.web.sessions import on_unauthenticated, signed_in
from ieum.common.web.texts import of_status
from ieum.common.web.tokens import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from fastapi import APIRouter
    from jinja2 import Environment
    from starlette.types import Lifespan

    from ieum.common.kernel.clock import Clock
    from ieum.common.web.health import Health
    from ieum.common.web.secrets import WebSecrets
    from ieum.common.web.tokens import Principal


@dataclass
class Web:
    """What the routes of one application share, at `app.state.web`."""

    service: str
    health: Health
    secrets: WebSecrets
    clock: Clock
    templates: Environment
    origin: str | None = None
    """Where people reach Ieum in their browsers, `https://host`; None: the request's host, on loopback."""
    sign_in_origin: str | None = None
    """Where intake's pages are, `https://host`; None: here, behind one ingress."""
    signed_in: Callable[[Request], Awaitable[Principal | None]] = signed_in
    """Whom a request's cookies speak for; intake, which has the sessions, asks them too."""
    started: bool = False
    gatherers: dict[Any, Gatherer[Any, Any]] = field(default_factory=dict)
    """Queues of routes that work for many at once, by what each makes."""


def application(
    service_name: str,
    *,
    version: str,
    health: Health,
    secrets: WebSecrets,
    routers: Sequence[APIRouter] = (),
    lifespan: Lifespan[Any] | None = None,
    body_limits: Mapping[str, int] | None = None,
    templates: Sequence[Path] = (),
    clock: Clock | None = None,
    origin: str | None = None,
    sign_in_origin: str | None = None,
) -> FastAPI:
    """A service's application. `body_limits` are bytes by path prefix, over the 1 MiB that holds elsewhere.

    Tokens are checked by the machine's clock unless another is given: moving the clock of development must
    not sign everybody out.
    """
    prefix = f"/{service_name}"
    app = FastAPI(
        title=f"Ieum {service_name}",
        version=version,
        lifespan=lifespan,
        openapi_url=f"{prefix}/openapi.json",
        docs_url=None,  # FastAPI's own pages load scripts from a CDN
        redoc_url=None,
        redirect_slashes=False,
    )
    clock = clock or SystemClock()
    app.state.web = Web(service_name, health, secrets, clock, environment(templates), origin, sign_in_origin)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's documented way
    handle_problems(app)
    app.add_exception_handler(Unauthenticated, on_unauthenticated)
    app.add_middleware(BodyLimit, prefixes=body_limits)
    app.add_middleware(Edge)
    app.mount(f"{prefix}/static", StaticFiles(directory=STATIC), name="static")
    _include(app, prefix, health, routers)
    return app


def _include(app: FastAPI, prefix: str, health: Health, routers: Sequence[APIRouter]) -> None:
    app.include_router(health_routes(health))
    app.include_router(health_routes(health), prefix=prefix)
    app.include_router(page_routes(prefix.removeprefix("/")))
    for router in routers:
        app.include_router(router, prefix=prefix, dependencies=[Depends(started)])


async def started(request: Request) -> None:
    """503 until the service was ready once. Later outages are told by the call that meets them.

    A broker that goes away afterwards stops no write, since the outbox waits for it.
    """
    web: Web = request.app.state.web
    if not web.started:
        if web.health.ready():
            code, text = of_status(503)
            raise Refusal(code, ko=text.ko, en=text.en, status=503)
        web.started = True
