"""Without an ingress each service is an origin of its own: to intake to sign in, and back again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ieum.common.web import Principal, render, requires
from ieum.common.web.factory import application
from ieum.common.web.secrets import WebSecrets
from ieum.intake.sessions.domain import HOME, own_path

from .conftest import Prepared
from .provider import Browser, Liar
from .signing import ORIGIN, provider, signing_world
from .world import World

__all__ = ["provider"]

TOKEN_OVER = timedelta(minutes=6)
OTHER = "http://127.0.0.1:8001"
PAGE = f"{OTHER}/matching/rounds-page?day=2026-11-22"
ELSEWHERE = (
    "https://evil.example/", "http://127.0.0.1:8001.evil.example/", "http://127.0.0.1:8001@evil.example/",
    "http://127.0.0.1:80011/", "http://127.0.0.1:8002/", "https://127.0.0.1:8001/", "http://localhost:8001/",
    "http://127.0.0.1:8001", "http://127.0.0.1:8001//evil.example", "HTTP://127.0.0.1:8001/",
    "http://127.0.0.1:8001/\\evil.example", "http://127.0.0.1:8001/\r\nSet-Cookie: a=b",
    "http://127.0.0.1:8001?http://127.0.0.1:8001/", "//127.0.0.1:8001/", "javascript:http://127.0.0.1:8001/",
)  # fmt: skip


def test_only_a_page_at_one_of_our_origins_is_come_back_to() -> None:
    assert own_path(PAGE, [OTHER]) == PAGE
    assert own_path("/intake/desk", [OTHER]) == "/intake/desk"
    assert own_path(PAGE) == HOME
    assert {own_path(one, [OTHER]) for one in ELSEWHERE} == {HOME}


@pytest.fixture
async def intake(prepared: Prepared, provider: Liar) -> AsyncIterator[World]:
    async with signing_world(prepared, provider.url, return_origins=(OTHER,)) as made:
        yield made


def matching(intake: World) -> FastAPI:
    """Another service with the same keys: a page for whoever is signed in."""
    router = APIRouter()

    @router.get("/rounds-page")
    async def page(request: Request, principal: Principal = requires()) -> HTMLResponse:
        return render(request, "landing.html.j2", entry=None, version=principal.subject)

    made = application(
        "matching",
        version="0",
        health=intake.app.state.web.health,
        secrets=WebSecrets.load(intake.secrets),
        routers=[router],
        clock=intake.app.state.web.clock,
        sign_in_origin=ORIGIN,
    )
    made.state.web.started = True
    return made


class TwoServices(httpx.AsyncBaseTransport):
    """Each request goes to the service that listens at its port."""

    def __init__(self, **apps: FastAPI) -> None:
        self._apps = {port: httpx.ASGITransport(app=app) for port, app in apps.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._apps[f"p{request.url.port}"].handle_async_request(request)


def both(intake: World) -> Browser:
    transport = TwoServices(p8000=intake.app, p8001=matching(intake))
    return Browser(intake, httpx.AsyncClient(transport=transport, base_url=ORIGIN))


@pytest.mark.servers
async def test_a_page_of_another_service_leads_to_the_sign_in_and_back(intake: World, provider: Liar) -> None:
    who = both(intake)
    sent = await who.open(PAGE)
    assert sent.status_code == 303
    assert sent.headers["location"] == f"{ORIGIN}/intake/session/page?next={quote(PAGE, safe='')}"
    shown = await who.open(sent.headers["location"])
    start = f"/intake/session/start?as=citizen&amp;next={quote(PAGE)}"
    assert start in shown.text, "the page hands the way back on"
    back = await who.sign_in(provider, next_=PAGE)
    assert (back.status_code, back.headers["location"]) == (303, PAGE)
    there = await who.open(PAGE)
    assert there.status_code == 200, there.text
    assert f'href="{ORIGIN}/intake/session/page"' in there.text
    assert "<form" not in there.text, "a form to another origin would be refused there"


@pytest.mark.servers
async def test_a_token_that_is_over_is_renewed_at_the_other_origin(intake: World, provider: Liar) -> None:
    who = both(intake)
    await who.sign_in(provider, next_=PAGE)
    intake.app.state.web.clock.advance(TOKEN_OVER)
    sent = await who.open(PAGE)
    assert urlsplit(sent.headers["location"]).path == "/intake/session/renewal"
    back = await who.open(sent.headers["location"])
    assert back.headers["location"] == PAGE
    assert (await who.open(PAGE)).status_code == 200
    for to in ELSEWHERE:
        renewed = await who.open("/intake/session/renewal", params={"next": to})
        assert renewed.headers["location"] == HOME, to
