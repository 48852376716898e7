"""Signing in by OpenID Connect: the way in, and the attacks on it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client
from oidc_provider_mock import run_server_in_thread

from ieum.common.testing.browser import at_phone_width

from .conftest import Prepared
from .provider import Liar
from .signing import ORIGIN, browser, provider, signing, signing_world
from .staff import registered
from .world import HONG, World, problem

__all__ = ["provider", "signing"]
pytestmark = pytest.mark.servers


async def test_the_librarys_client_fails_as_our_own_does() -> None:
    """Whichever HTTP library it finds, it takes: with another one its failures would pass us by."""
    assert issubclass(AsyncOAuth2Client, httpx2.AsyncClient)


async def test_staff_sign_in_at_a_real_provider_and_get_what_the_registry_says(prepared: Prepared) -> None:
    """The library's own server: discovery, code, token, keys; its claims of roles count for nothing."""
    with run_server_in_thread() as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        claims = {
            "email": "Lee@Dalseo.example",
            "email_verified": True,
            "roles": ["operator"],
            "agency": "other",
        }
        async with httpx.AsyncClient() as person, signing_world(prepared, issuer) as made:
            await person.put(f"{issuer}/users/lee", json=claims)
            await registered(made, account="lee-1", email="lee@dalseo.example", name="이담당")
            lee = browser(made)
            answer = await lee.open("/intake/session/start?as=staff&next=/intake/docs?x=1")
            consent = await person.post(answer.headers["location"], data={"sub": "lee"})
            back = consent.headers["location"]
            assert back.startswith(f"{ORIGIN}/intake/session/callback?")
            answer = await lee.open(back)
            assert (answer.status_code, answer.headers["location"]) == (303, "/intake/docs?x=1")
            session = await lee.session()
            assert session["roles"] == ["staff"]
            assert session["agency"] == "dalseo-gu-hope"
            assert (session["subject"], session["name"]) == ("lee-1", "이담당")


async def test_the_way_to_the_provider_has_state_nonce_and_a_challenge(signing: World) -> None:
    asked = await browser(signing).begin()
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert asked["redirect_uri"] == f"{ORIGIN}/intake/session/callback"
    assert asked["scope"] == "openid"


async def test_cookies_are_hidden_lax_and_over_tls_for_this_host_alone(
    prepared: Prepared, provider: Liar
) -> None:
    async with signing_world(prepared, provider.url) as made:
        answer = await browser(made).sign_in(provider)
        cookies = answer.headers.get_list("set-cookie")
        set_ = {one.partition("=")[0] for one in cookies if "Max-Age=0" not in one}
        assert set_ == {"ieum_session", "ieum_token", "ieum_csrf"}
        assert "ieum_sign_in=;" in "".join(cookies), "it has done its work"
        assert all("SameSite=Lax" in one and "Path=/;" in one for one in cookies)
        assert all("HttpOnly" in one for one in cookies if not one.startswith("ieum_csrf"))
        made.app.state.web.origin = "https://ieum.example"
        answer = await browser(made).open("/intake/session/start")
        [cookie] = answer.headers.get_list("set-cookie")
        assert cookie.startswith("__Host-ieum_sign_in=")
        assert cookie.endswith("Secure")


async def test_at_the_width_of_a_telephone_one_can_sign_in_and_out(
    signing: World, provider: Liar, tmp_path: Path
) -> None:
    """As a browser lays it out at 390 px: the two ways in, then the session; nothing sticks out."""
    who = browser(signing)
    before = await at_phone_width((await who.open("/intake/session/page")).text, tmp_path)
    await who.sign_in(provider, next_="/intake/desk")
    after = await at_phone_width(
        (await who.open("/intake/session/page", params={"next": "/intake/desk"})).text, tmp_path
    )
    for laid, links in ((before, 2), (after, 1)):
        assert laid.wide == laid.screen
        assert len(laid.of_type("link")) == links
        assert all(one.height >= 44 and 0 <= one.left < one.right <= laid.screen for one in laid.controls), (
            laid
        )


async def test_no_secret_of_a_session_lies_in_the_database(signing: World, provider: Liar) -> None:
    await registered(signing, account="lee-1", email="lee@dalseo.example", name="이담당")
    provider.changes = {"email": "lee@dalseo.example", "email_verified": True, "name": "이담당"}
    lee = browser(signing)
    await lee.sign_in(provider, "staff")
    dump = await signing.dump()
    secrets = [lee.client.cookies[name] for name in ("ieum_session", "ieum_token", "ieum_csrf")]
    for value in (*secrets, "lee@dalseo", "이담당", "s-1"):
        assert value not in dump


# Attacks ---------------------------------------------------------------------------------------------------


async def refused(answer: httpx.Response, who: Any) -> None:
    """A page that says no more than to begin again; and nobody is signed in."""
    assert answer.status_code == 403
    assert "다시 시도해 주십시오" in answer.text
    assert (await who.client.get("/intake/session")).status_code == 401


async def test_a_stolen_state_opens_nothing_in_another_browser(signing: World, provider: Liar) -> None:
    mine, thief = browser(signing), browser(signing)
    provider.asked = await mine.begin()
    await thief.begin()
    await refused(await thief.come_back(provider.asked["state"]), thief)
    await refused(await mine.come_back(provider.asked["state"]), mine)  # used up


async def test_a_state_that_nobody_began_or_that_is_late_is_refused(signing: World, provider: Liar) -> None:
    who = browser(signing)
    await who.begin()
    await refused(await who.come_back("invented"), who)
    provider.asked = await who.begin()
    signing.app.state.web.clock.advance(timedelta(minutes=11))
    await refused(await who.come_back(provider.asked["state"]), who)
    assert provider.redeemed == []


async def test_a_code_is_redeemed_once(signing: World, provider: Liar) -> None:
    who, thief = browser(signing), browser(signing)
    provider.asked = await who.begin()
    state = provider.asked["state"]
    assert (await who.come_back(state, "c-1")).status_code == 303
    again = await who.come_back(state, "c-1")
    assert again.status_code == 403
    provider.asked = await thief.begin()
    await refused(await thief.come_back(provider.asked["state"], "c-1"), thief)
    assert provider.redeemed == ["c-1"]


async def test_a_code_stolen_on_the_way_is_worth_nothing_without_its_verifier(
    signing: World, provider: Liar
) -> None:
    """The thief has state, browser and code of two sign-ins, but the challenge was another's."""
    provider.asked = await browser(signing).begin()
    thief = browser(signing)
    other = await thief.begin()
    await refused(await thief.come_back(other["state"], "victims-code"), thief)


LIES: tuple[dict[str, Any], ...] = (
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "another-client"},
    {"aud": ["another-client"], "azp": "ieum"},
    {"aud": ["ieum", "another-client"], "azp": "another-client"},
    {"iss": "https://elsewhere.example"},
    {"exp": 1_000_000_000},
    {"sub": None},
    {"sub": ""},
    {"at_hash": "bm90LWl0"},
)


async def test_an_id_token_that_does_not_fit_is_refused(signing: World, provider: Liar) -> None:
    who = browser(signing)
    for lie in LIES:
        provider.changes = lie
        await refused(await who.sign_in(provider), who)
    provider.changes = {}
    assert (await who.sign_in(provider)).status_code == 303, "the truth is believed"


@pytest.mark.parametrize("alg", ["none", "HS256"])
async def test_an_id_token_unsigned_or_signed_with_the_public_key_is_refused(
    signing: World, provider: Liar, alg: str
) -> None:
    """The provider's own document says that it signs so; that is not believed."""
    provider.alg = alg
    who = browser(signing)
    await refused(await who.sign_in(provider), who)


async def test_another_providers_answer_is_refused(signing: World, provider: Liar) -> None:
    """RFC 9207: the mix-up attack."""
    who = browser(signing)
    provider.asked = await who.begin()
    await refused(await who.come_back(provider.asked["state"], iss="https://elsewhere.example"), who)
    assert provider.redeemed == []


ELSEWHERE = (
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
    "/\t/evil.example", "/\n/evil.example", "evil.example", "https:evil.example", " //evil.example",
    "/ok\r\nSet-Cookie: a=b",
)  # fmt: skip


async def test_a_sign_in_leads_to_a_page_of_ours_alone(signing: World, provider: Liar) -> None:
    who = browser(signing)
    for to in ELSEWHERE:
        answer = await who.sign_in(provider, next_=to)
        assert (answer.status_code, answer.headers["location"]) == (303, "/intake/session/page"), to
        renewed = await who.open("/intake/session/renewal", params={"next": to})
        assert renewed.headers["location"] == "/intake/session/page", to
    assert (await who.open("/intake/session/start", params={"next": "/" * 2001})).status_code == 422


async def test_a_session_planted_before_is_not_the_one_that_begins(signing: World, provider: Liar) -> None:
    """Fixation: the attacker's own session, put into the victim's browser, ends as the victim signs in."""
    attacker, victim = browser(signing), browser(signing)
    await attacker.sign_in(provider)
    planted = attacker.client.cookies["ieum_session"]
    victim.client.cookies.set("ieum_session", planted)
    provider.changes = {"sub": "victim"}
    answer = await victim.sign_in(provider)
    assert planted not in "".join(answer.headers.get_list("set-cookie"))
    assert (await attacker.client.get("/intake/session")).status_code == 401


async def test_a_provider_that_is_away_is_told_and_nothing_begins(signing: World, provider: Liar) -> None:
    provider.down = True
    answer = await browser(signing).open("/intake/session/start")
    assert answer.status_code == 503
    assert "응답하지 않습니다" in answer.text


async def test_without_a_provider_nobody_signs_in_by_browser(intake: World) -> None:
    answer = await intake.client.get("/intake/session/start")
    assert answer.status_code == 503
    page = await intake.client.get("/intake/session/page")
    assert "아직 로그인을 사용할 수 없습니다" in page.text


async def test_who_is_not_in_the_registry_does_not_get_in_as_staff(signing: World, provider: Liar) -> None:
    provider.changes = {"email": "lee@dalseo.example", "email_verified": True}
    who = browser(signing)
    answer = await who.sign_in(provider, "staff")
    assert answer.status_code == 403
    assert "등록된 담당자가 아니거나" in answer.text
    assert (await who.client.get("/intake/session")).status_code == 401


async def test_an_e_mail_counts_only_if_the_provider_vouches_for_it_and_only_once(
    signing: World, provider: Liar
) -> None:
    """After the first sign-in the subject alone opens the account: a mailbox given on opens nothing."""
    await registered(signing, account="lee-1", email="lee@dalseo.example")
    provider.changes = {"email": "lee@dalseo.example", "email_verified": False}
    assert (await browser(signing).sign_in(provider, "staff")).status_code == 403
    provider.changes = {"email": "lee@dalseo.example", "email_verified": True}
    assert (await browser(signing).sign_in(provider, "staff")).status_code == 303
    provider.changes |= {"sub": "s-2"}
    assert (await browser(signing).sign_in(provider, "staff")).status_code == 403
    provider.changes = {"sub": "s-1"}
    assert (await browser(signing).sign_in(provider, "staff")).status_code == 303


async def test_a_citizen_signs_in_registers_and_speaks_for_themselves(signing: World, provider: Liar) -> None:
    """The subject is kept as the person's id: the same in every service, before and after."""
    who = browser(signing)
    await who.sign_in(provider)
    subject = (await who.session())["subject"]
    made = await who.post("/intake/people", HONG, Idempotency_Key="k1")
    assert made.status_code == 201, made.text
    assert made.json()["id"] == subject
    assert (await who.client.get(f"/intake/people/{subject}")).status_code == 200
    second = await who.post("/intake/people", HONG | {"phone": "010-9999-0000"}, Idempotency_Key="k2")
    assert second.json()["id"] != subject
    again = browser(signing)
    await again.sign_in(provider)
    assert (await again.session())["subject"] == subject
    provider.changes = {"sub": "somebody-else"}
    other = browser(signing)
    await other.sign_in(provider)
    assert (await other.session())["subject"] != subject
    assert problem(await other.client.get(f"/intake/people/{subject}")) == (404, "person-unknown")


async def test_who_asked_to_be_forgotten_begins_anew(signing: World, provider: Liar) -> None:
    who = browser(signing)
    await who.sign_in(provider)
    subject = (await who.session())["subject"]
    await who.post("/intake/people", HONG, Idempotency_Key="k1")
    gone = await who.post(f"/intake/people/{subject}/erasure", Idempotency_Key="k2")
    assert gone.status_code == 201, gone.text
    await who.sign_in(provider)
    assert (await who.session())["subject"] != subject
    made = await who.post("/intake/people", HONG, Idempotency_Key="k3")
    assert made.status_code == 201, made.text


async def test_a_citys_provider_may_be_for_staff_alone(prepared: Prepared, provider: Liar) -> None:
    async with signing_world(prepared, provider.url, oidc_citizens=False) as made:
        who = browser(made)
        assert (await who.open("/intake/session/start?as=citizen")).status_code == 503
        page = await who.open("/intake/session/page")
        assert "시민으로 로그인" not in page.text
        assert "담당자로 로그인" in page.text
