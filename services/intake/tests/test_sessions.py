"""The life of a session: its cookies, forged requests, its ends, and what other services take of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter

from ieum.common.kernel.clock import Clock
from ieum.common.web import PUBLIC, Principal, WebSecrets, application, requires

from .cases import AGENCY
from .provider import Browser, Liar
from .signing import ORIGIN, browser, provider, signing
from .staff import leave, put, registered
from .world import HONG, World, problem

__all__ = ["provider", "signing"]
pytestmark = pytest.mark.servers

IDLE, LONGEST, TOKEN = timedelta(minutes=30), timedelta(hours=9), timedelta(minutes=5)


@pytest.fixture
async def citizen(signing: World, provider: Liar) -> Browser:
    who = browser(signing)
    await who.sign_in(provider)
    return who


@pytest.fixture
async def lee(signing: World, provider: Liar) -> Browser:
    """Staff of AGENCY, signed in; the account is at `lee.account`."""
    account = await registered(signing, account="lee-1", email="lee@dalseo.example", name="이담당")
    provider.changes = {"email": "lee@dalseo.example", "email_verified": True}
    who = browser(signing)
    await who.sign_in(provider, "staff")
    who.account = account
    return who


def later(made: World, step: timedelta) -> None:
    made.app.state.web.clock.advance(step)


class Silent:
    """Nothing is wrong with the other service."""

    def alive(self) -> list[str]:
        return []

    ready = metrics = alive


def elsewhere(secrets: Path, clock: Clock) -> httpx.AsyncClient:
    """Another service: it has the public keys and no way to ask intake."""
    router = APIRouter()

    @router.get("/who")
    async def who(principal: Principal = requires("staff", "citizen")) -> dict[str, str | None]:
        return {"subject": principal.subject, "agency": principal.agency}

    @router.post("/change")
    async def change(_: Principal = requires("staff", "citizen")) -> str:
        return "done"

    @router.get("/open", openapi_extra=PUBLIC)
    async def open_(principal: Principal | None = requires(public=True)) -> str:
        return principal.subject if principal else "nobody"

    app = application(
        "matching", version="1", health=Silent(), secrets=WebSecrets.load(secrets), routers=[router],
        clock=clock, origin=ORIGIN,
    )  # fmt: skip
    app.state.web.started = True
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN)


@pytest.fixture
async def matching(signing: World, lee: Browser) -> AsyncIterator[httpx.AsyncClient]:
    """Another service, in the same browser as Lee's."""
    async with elsewhere(signing.secrets, signing.app.state.web.clock) as client:
        client.cookies = lee.client.cookies
        yield client


# Forged requests -------------------------------------------------------------------------------------------


async def test_a_change_by_cookie_needs_the_sessions_own_token(citizen: Browser) -> None:
    send = citizen.client.post
    same = {"Sec-Fetch-Site": "same-origin", "Idempotency-Key": "k"}
    assert problem(await send("/intake/people", json=HONG, headers=same)) == (403, "csrf")
    for wrong in ("x", "a.b", citizen.client.cookies["ieum_csrf"] + "0"):
        answer = await send("/intake/people", json=HONG, headers=same | {"X-CSRF-Token": wrong})
        assert problem(answer) == (403, "csrf")
    assert (await citizen.post("/intake/people", HONG, Idempotency_Key="k")).status_code == 201


async def test_a_token_of_another_session_forges_nothing(
    citizen: Browser, signing: World, provider: Liar
) -> None:
    """Double submit alone would let in whoever can plant a cookie: the token is bound to the session."""
    other = browser(signing)
    provider.changes = {"sub": "attacker"}
    await other.sign_in(provider)
    planted = other.client.cookies["ieum_csrf"]
    citizen.client.cookies.delete("ieum_csrf")
    citizen.client.cookies.set("ieum_csrf", planted)
    answer = await citizen.post("/intake/people", HONG, Idempotency_Key="k")
    assert problem(answer) == (403, "csrf")


FROM_ELSEWHERE: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8000.evil.example"},
    {},
)


async def test_a_change_by_cookie_from_elsewhere_is_refused_whatever_it_carries(citizen: Browser) -> None:
    token = {"X-CSRF-Token": citizen.client.cookies["ieum_csrf"], "Idempotency-Key": "k"}
    for sent in FROM_ELSEWHERE:
        answer = await citizen.client.post("/intake/people", json=HONG, headers=token | sent)
        assert problem(answer) == (403, "cross-site"), sent


@pytest.mark.parametrize(
    "sent", [{"Origin": ORIGIN}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}], ids=str
)
async def test_our_own_pages_are_heard_with_and_without_fetch_metadata(
    citizen: Browser, sent: dict[str, str]
) -> None:
    """Our pages send no referrer, so that browsers say `Origin: null` of them."""
    token = {"X-CSRF-Token": citizen.client.cookies["ieum_csrf"], "Idempotency-Key": "k"}
    answer = await citizen.client.post("/intake/people", json=HONG, headers=token | sent)
    assert answer.status_code == 201


async def test_a_bearer_needs_no_token_against_forgery(signing: World) -> None:
    assert (await signing.post("people", HONG)).status_code == 201


# Ends ------------------------------------------------------------------------------------------------------


async def test_a_session_ends_after_half_an_hour_without_use(signing: World, citizen: Browser) -> None:
    later(signing, IDLE - timedelta(seconds=1))
    assert (await citizen.client.get("/intake/session")).status_code == 200
    later(signing, timedelta(seconds=1))
    answer = await citizen.client.get("/intake/session")
    assert answer.status_code == 401, "asking who one is does not extend it"
    assert {one.partition("=")[0] for one in answer.headers.get_list("set-cookie")} == {
        "ieum_session", "ieum_token", "ieum_csrf"
    }  # fmt: skip


async def test_use_and_extension_carry_a_session_on_but_not_past_its_end(
    signing: World, citizen: Browser
) -> None:
    for _ in range(10):
        later(signing, timedelta(minutes=25))
        assert (await citizen.open("/intake/session/page")).status_code == 200
    for _ in range(11):
        later(signing, timedelta(minutes=25))
        extended = await citizen.post("/intake/session/extension")
        assert extended.status_code == 200, extended.text
    assert extended.json()["until"] == extended.json()["ends_at"]
    later(signing, timedelta(minutes=20))
    assert (await citizen.post("/intake/session/extension")).status_code == 401


async def test_signing_out_ends_it_for_whoever_kept_its_cookies(signing: World, citizen: Browser) -> None:
    kept = dict(citizen.client.cookies)
    answer = await citizen.post("/intake/session/sign-out", Accept="text/html")
    assert (answer.status_code, answer.headers["location"]) == (303, "/intake/session/ended")
    thief = browser(signing)
    thief.client.cookies.update(kept)
    assert (await thief.client.get("/intake/session")).status_code == 401
    assert (await thief.client.get("/intake/organisations")).status_code == 401


async def test_signing_out_by_a_link_is_not_possible(citizen: Browser) -> None:
    assert (await citizen.client.get("/intake/session/sign-out")).status_code == 405
    assert (await citizen.client.get("/intake/session")).status_code == 200


async def test_who_leaves_is_out_of_intake_at_once_and_of_all_services_in_five_minutes(
    signing: World, lee: Browser, matching: httpx.AsyncClient
) -> None:
    kept = dict(lee.client.cookies)
    assert (await matching.get("/matching/who")).json() == {"subject": "lee-1", "agency": AGENCY}
    assert (await lee.client.get("/intake/staff")).status_code == 200
    assert (await leave(signing, lee.account)).status_code == 200
    assert (await lee.client.get("/intake/staff")).status_code == 401
    assert (await matching.get("/matching/who", headers=cookies(kept))).status_code == 200
    later(signing, TOKEN)
    assert (await matching.get("/matching/who", headers=cookies(kept))).status_code == 401
    thief = browser(signing)
    thief.client.cookies.update(kept)
    renewal = await thief.open("/intake/session/renewal?next=/matching/who")
    assert "ieum_token=;" in "".join(renewal.headers.get_list("set-cookie")), "no new token"


async def test_another_role_ends_the_sessions_of_an_account(signing: World, lee: Browser) -> None:
    changed = await put(signing, lee.account, {"roles": ["staff", "official"], "agency": AGENCY})
    assert changed.status_code == 200, changed.text
    assert (await lee.client.get("/intake/session")).status_code == 401


async def test_the_last_day_of_an_account_ends_its_sessions(signing: World, provider: Liar) -> None:
    today = signing.clock.now().date().isoformat()
    await registered(signing, account="kim-1", email="kim@dalseo.example", until=today)
    provider.changes = {"email": "kim@dalseo.example", "email_verified": True}
    kim = browser(signing)
    assert (await kim.sign_in(provider, "staff")).status_code == 303
    assert (await kim.client.get("/intake/session")).status_code == 200
    signing.advance(days=1)
    assert (await kim.client.get("/intake/session")).status_code == 401


async def test_what_is_over_is_forgotten(signing: World, citizen: Browser) -> None:
    from ieum.intake.sessions import actions
    from ieum.intake.sessions.door import ACTOR

    await citizen.begin()
    later(signing, IDLE)
    async with signing.service.database.unit_of_work(ACTOR, "operation") as tx:
        await actions.sweep(tx, signing.app.state.web.clock.now())
    assert await signing.fetch("select 1 from session") == []
    assert await signing.fetch("select 1 from sign_in") == []


# Other services --------------------------------------------------------------------------------------------


def cookies(kept: dict[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in kept.items())}


async def test_another_service_takes_the_cookie_and_asks_for_a_new_one_when_it_is_old(
    signing: World, lee: Browser, matching: httpx.AsyncClient
) -> None:
    """Five minutes on, a page is fetched over intake, and a form goes through with what was written in it."""
    assert (await matching.get("/matching/who")).json()["subject"] == "lee-1"
    assert (await matching.get("/matching/open")).json() == "lee-1"
    later(signing, TOKEN)
    page = {"Accept": "text/html"}
    assert (await matching.get("/matching/who")).status_code == 401, "a program is told"
    sent = await matching.get("/matching/who?a=b", headers=page)
    assert sent.headers["location"] == "/intake/session/renewal?next=%2Fmatching%2Fwho%3Fa%3Db"
    form = {"csrf": lee.client.cookies["ieum_csrf"], "text": "긴 글"}
    ours = page | {"Sec-Fetch-Site": "same-origin"}
    posted = await matching.post("/matching/change", data=form, headers=ours)
    assert posted.status_code == 307
    renewed = await lee.client.post(posted.headers["location"], data=form, headers=ours)
    assert (renewed.status_code, renewed.headers["location"]) == (307, "/matching/change")
    matching.cookies = lee.client.cookies
    assert (await matching.post("/matching/change", data=form, headers=ours)).json() == "done"
    del form["csrf"]
    plain = {"Sec-Fetch-Site": "same-origin"}
    forged = await matching.post("/matching/change", data=form, headers=plain)
    assert problem(forged) == (403, "csrf")


async def test_a_browser_without_a_session_is_sent_to_sign_in(matching: httpx.AsyncClient) -> None:
    matching.cookies = httpx.Cookies()
    answer = await matching.get("/matching/who", headers={"Accept": "text/html"})
    assert answer.headers["location"] == "/intake/session/page?next=%2Fmatching%2Fwho"
    assert (await matching.get("/matching/open")).json() == "nobody"


async def test_whom_a_new_token_does_not_help_is_not_sent_round_and_round(
    signing: World, matching: httpx.AsyncClient
) -> None:
    matching.cookies.set("ieum_renewed", "1")
    later(signing, TOKEN)
    answer = await matching.get("/matching/who", headers={"Accept": "text/html"})
    assert answer.status_code == 401


async def test_a_cookie_is_no_bearer_and_a_bearer_no_cookie(
    signing: World, lee: Browser, matching: httpx.AsyncClient
) -> None:
    token = lee.client.cookies["ieum_token"]
    matching.cookies = httpx.Cookies()
    answer = await matching.get("/matching/who", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    bearer = signing.headers("staff")["Authorization"].removeprefix("Bearer ")
    answer = await matching.get("/matching/who", headers={"Cookie": f"ieum_token={bearer}"})
    assert answer.status_code == 401


async def test_in_intake_a_token_without_its_session_is_nothing(signing: World, lee: Browser) -> None:
    only = {"Cookie": f"ieum_token={lee.client.cookies['ieum_token']}"}
    assert (await browser(signing).client.get("/intake/staff", headers=only)).status_code == 401


# Pages -----------------------------------------------------------------------------------------------------


async def test_every_page_says_who_is_signed_in_and_until_when(signing: World, lee: Browser) -> None:
    page = (await lee.open("/intake/session/page", headers={"Accept-Language": "ko"})).text
    assert "이담당" in page
    assert "까지 로그인되어 있습니다." in page
    assert f'name="csrf" value="{lee.client.cookies["ieum_csrf"]}"' in page
    landing = (await lee.open("/intake/", headers={"Accept-Language": "en"})).text
    assert "signed in until" in landing
    assert '<form method="post" action="/intake/session/sign-out">' in landing
    nobody = (await browser(signing).open("/intake/docs")).text
    assert '<a href="/intake/session/page?next=/intake/docs">로그인</a>' in nobody
    assert "session.js" not in nobody


async def test_extending_without_scripts_comes_back_to_the_page(citizen: Browser) -> None:
    """What the button in the head of a page sends."""
    form = {"csrf": citizen.client.cookies["ieum_csrf"], "next": "/intake/docs"}
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "Origin": "null"}
    answer = await citizen.client.post("/intake/session/extension", data=form, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/intake/docs")
    form["next"] = "//evil.example"
    answer = await citizen.client.post("/intake/session/extension", data=form, headers=headers)
    assert answer.headers["location"] == "/intake/session/page"


async def test_a_bearer_has_no_session_to_show(signing: World) -> None:
    assert problem(await signing.get("session")) == (409, "session-none")
