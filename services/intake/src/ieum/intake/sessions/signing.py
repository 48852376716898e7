"""The way to the provider and back, and to a new token: redirects alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ieum.common.kernel.errors import Refusal
from ieum.common.web import csrf, render, sessions
from ieum.common.web.texts import Text
from ieum.intake.sessions import actions, domain
from ieum.intake.sessions.domain import Kind
from ieum.intake.sessions.door import BROWSER, RENEWED_FOR, SESSION, Door, back_to, give, guard, unit

if TYPE_CHECKING:
    from ieum.common.privacy.search import SearchKey
    from ieum.intake.sessions.provider import Provider

Next = Annotated[str | None, Query(max_length=domain.NEXT_LENGTH_MAX)]


def routes(door: Door) -> APIRouter:
    """The redirects of a door."""
    router = APIRouter(include_in_schema=False)

    @router.get("/session/start")
    async def start(
        request: Request,
        next: Next = None,  # noqa: A002 - the query's own word
        kind: Annotated[str, Query(alias="as", pattern="^(staff|citizen)$")] = "citizen",
    ) -> Response:
        """Begin a sign-in: to the provider, with state, nonce and a challenge."""
        try:
            return await _start(door, request, cast("Kind", kind), door.way_back(next))
        except Refusal as refusal:
            return _refused(request, refusal)

    @router.get("/session/callback")
    async def callback(request: Request, state: str = "", code: str = "", iss: str | None = None) -> Response:
        """Where the provider sends people back to: a session begins, or nothing happens."""
        try:
            return await _complete(door, request, state, code, iss)
        except Refusal as refusal:
            return _refused(request, refusal)

    @router.api_route("/session/renewal", methods=["GET", "POST"])
    async def renewal(request: Request, next: Next = None) -> Response:  # noqa: A002 - the query's own word
        """A new token for the other services, and back to where it was asked for."""
        if request.method == "POST":
            csrf.check_origin(request)
        found = await door.entered(request, sessions.cookie(request, SESSION), used=True)
        if found:
            door.show(request, request.state.session, found.principal.name, renewed=True)
            give(request, sessions.RENEWED, "1", RENEWED_FOR)
        # A form goes on with what was written in it, method and all; who is out must sign in first.
        keep = found is not None and request.method == "POST"
        return RedirectResponse(door.way_back(next), 307 if keep else 303)

    return router


async def _start(door: Door, request: Request, kind: Kind, next_: str) -> Response:
    provider = _provider(door)
    if kind == "citizen" and not door.citizens:
        raise domain.off()
    back = back_to(request)
    async with unit(request) as tx:
        begun = await actions.begin(tx, _search(request), kind, next_, _now(request))
    to = await provider.begin(begun, back=back, staff=kind == "staff")
    give(request, BROWSER, begun.browser, domain.SIGN_IN)
    return RedirectResponse(to, 303)


async def _complete(door: Door, request: Request, state: str, code: str, issuer: str | None) -> Response:
    provider, search, now = _provider(door), _search(request), _now(request)
    async with unit(request) as tx:
        sign_in = await actions.take(tx, search, state, sessions.cookie(request, BROWSER), now)
    if sign_in is None or not code or not provider.is_me(issuer):
        raise domain.refused()
    # No connection to the database waits for the provider.
    who = await provider.redeem(code, sign_in, back=back_to(request), now=int(now.timestamp()))
    async with unit(request) as tx:
        if old := sessions.cookie(request, SESSION):  # whoever planted it shall not share what begins now
            await actions.end(tx, search, old)
        opened = await actions.open_(tx, search, sign_in.kind, who, now)
    give(request, SESSION, opened.secret, domain.LONGEST)
    give(request, BROWSER, "", timedelta())
    guard(request, str(opened.session.id), domain.LONGEST)
    door.show(request, opened.session, opened.name, renewed=True)
    return RedirectResponse(sign_in.next, 303)


def _refused(request: Request, refusal: Refusal) -> Response:
    text = Text(refusal.ko, refusal.en)
    return render(request, "session-refused.html.j2", status=refusal.status, text=text)


def _provider(door: Door) -> Provider:
    if door.provider is None:
        raise domain.off()
    return door.provider


def _search(request: Request) -> SearchKey:
    search: SearchKey = request.app.state.service.search
    return search


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.web.clock.now()
    return now
