"""The sign-in provider of development: it answers as OpenID Connect says, and never runs in production."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from ieum.common.local import ports, stack
from ieum.common.local.home import Home
from ieum.common.local.names import SIGN_IN
from ieum.common.local.people import PEOPLE
from ieum.common.local.services import log_of
from ieum.common.local.waiting import wait_until
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY


def test_it_offers_invented_people_on_a_plain_page(tmp_path: Path) -> None:
    home = Home(tmp_path)
    state = stack.State()
    running = stack.ensure(home, state, SIGN_IN, {"IEUM_MODE": "development"}, ports.choose())
    try:
        log = log_of(home, SIGN_IN)
        wait_until(running.is_ready, name=SIGN_IN, process=running.process, log=log, seconds=60)
        with httpx.Client(base_url=running.url, trust_env=False) as client:
            told = client.get("/.well-known/openid-configuration").json()
            assert told["issuer"] == running.url
            assert client.get(told["jwks_uri"]).json()["keys"][0]["kty"] == "RSA"
            asked = {
                "response_type": "code", "client_id": "ieum", "scope": "openid", "state": "s", "nonce": "n",
                "redirect_uri": "http://127.0.0.1:8000/intake/session/callback",
            }  # fmt: skip
            page = client.get(told["authorization_endpoint"], params=asked).text
            assert all(one.id in page for one in PEOPLE)
    finally:
        stack.down(home, report=lambda _: None)
    assert not running.process.alive


@pytest.mark.parametrize("mode", ["production", None])
def test_it_refuses_where_nobody_says_that_this_is_development(mode: str | None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "IEUM_MODE"}
    environment |= {"IEUM_MODE": mode} if mode else {}
    done = subprocess.run(
        [sys.executable, "-m", "ieum.common.local.provider"],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "in development only" in done.stderr


def test_its_staff_work_for_agencies_that_daegu_has() -> None:
    city = City.load(REPOSITORY / "deploy" / "cities" / "daegu")
    assert all(one.agency is None or city.agency(one.agency) for one in PEOPLE)
