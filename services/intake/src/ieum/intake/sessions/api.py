"""HTTP: one's own session."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ieum.common.kernel.errors import Refusal
from ieum.common.web import Principal, may, requires, sessions
from ieum.intake.sessions import actions
from ieum.intake.sessions.domain import IDLE, Session
from ieum.intake.sessions.door import SESSION, Door, drop, unit

FIELDS_MAX = 10


class SessionView(BaseModel):
    """Who is signed in by browser: `until` it ends unless used or extended, at `ends_at` in any case.

    Requests that change something carry `csrf` as the header X-CSRF-Token or the form field `csrf`.
    """

    kind: Literal["staff", "citizen"]
    subject: str
    roles: list[str]
    agency: str | None
    name: str | None
    until: datetime
    ends_at: datetime
    idle_seconds: int
    csrf: str


def routes(door: Door) -> APIRouter:
    """The routes of a door."""
    router = APIRouter(tags=["session"])

    @router.get("/session", responses=may(409))
    async def show(request: Request, _: Principal = requires()) -> SessionView:
        """Who is signed in, and until when; asking does not extend it."""
        return _view(request, _session(request))

    @router.post("/session/extension", response_model=SessionView)
    async def extend(request: Request, _: Principal = requires()) -> Any:
        """Go on for another half hour, at most to the end of the session."""
        session = _session(request)
        async with unit(request) as tx:
            session = await actions.extend(tx, session, request.app.state.web.clock.now())
        door.show(request, session, request.state.signed_in.principal.name, renewed=True)
        if _wants_page(request):
            return RedirectResponse(door.way_back(await _field(request, "next")), 303)
        return _view(request, session)

    @router.post("/session/sign-out", status_code=204)
    async def sign_out(request: Request, _: Principal = requires()) -> Response:
        """End the session, here and at once."""
        _session(request)
        async with unit(request) as tx:
            secret = sessions.cookie(request, SESSION) or ""
            await actions.end(tx, request.app.state.service.search, secret)
        drop(request)
        if _wants_page(request):
            return RedirectResponse("/intake/session/ended", 303)
        return Response(status_code=204)

    return router


def _session(request: Request) -> Session:
    found: Session | None = getattr(request.state, "session", None)
    if found is None:
        raise Refusal(
            "session-none",
            ko="브라우저 로그인으로만 쓸 수 있습니다.",
            en="This is for whoever is signed in by browser.",
            status=409,
        )
    return found


def _view(request: Request, session: Session) -> SessionView:
    return SessionView(
        kind=session.kind,
        subject=session.subject,
        roles=sorted(session.roles),
        agency=session.agency,
        name=request.state.signed_in.principal.name,
        until=session.until,
        ends_at=session.ends_at,
        idle_seconds=int(IDLE.total_seconds()),
        csrf=sessions.cookie(request, sessions.CSRF) or "",
    )


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _field(request: Request, name: str) -> str | None:
    try:
        pairs = parse_qsl((await request.body()).decode(), max_num_fields=FIELDS_MAX)
    except ValueError:
        return None
    return dict(pairs).get(name)
