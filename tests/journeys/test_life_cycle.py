"""Services start in any order, wait for what is away, and drain on SIGTERM without losing anything."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

from ieum.common.testing.builders import Market, key
from ieum.common.testing.servers import Given

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.timeout(240)]

DRAIN_SECONDS = 5.0


@pytest.fixture(scope="module")
def market(platform: Platform) -> Market:
    return Market(platform, {"L-1": 1})


def test_sigterm_drains_within_five_seconds_and_loses_nothing(platform: Platform, market: Market) -> None:
    """Four windows register people without a pause while intake is told to stop."""
    acknowledged: list[str] = []
    enough = threading.Event()

    def window(_: int) -> None:
        with httpx.Client(
            base_url=platform.url("intake"), headers=market.staff.headers, trust_env=False
        ) as client:
            while True:
                try:
                    answer = client.post("/intake/people", json=market.person(), headers=key(), timeout=10)
                except httpx.TransportError:
                    return
                if answer.status_code == 201:
                    acknowledged.append(answer.json()["id"])
                    if len(acknowledged) >= 40:
                        enough.set()

    with ThreadPoolExecutor(max_workers=4) as windows:
        for each in range(4):
            windows.submit(window, each)
        assert enough.wait(60)
        seconds = platform.stop("intake")
    platform.start("intake")
    assert seconds < DRAIN_SECONDS
    platform.settled()
    told = [fact.subject for fact in platform.facts("intake-people", "person.registered")]
    assert [told.count(person) for person in acknowledged] == [1] * len(acknowledged)


@pytest.mark.parametrize("server", ["kafka", "postgres"])
def test_a_service_started_while_a_server_is_away_waits_for_it(platform: Platform, server: str) -> None:
    """`/readyz` says what is missing; nothing need be started again when it comes back."""
    away = getattr(platform, server)
    if isinstance(away, Given):
        pytest.skip("the server belongs to somebody else")
    platform.stop("matching")
    away.kill()
    try:
        platform.start("matching", wait=False)
        client = platform.client("matching")
        reasons = platform.until(
            lambda: (answer := client.get("/readyz")).status_code == 503 and answer.json()["reasons"]
        )
        assert reasons
        assert client.get("/livez").status_code == 200, "waiting is no reason to be killed"
    finally:
        away.start()
    services = ("intake", "matching", "notify", "audit")
    for name in services:
        platform.wait_ready(name)
    assert {name: platform.client(name).get("/readyz").status_code for name in services} == dict.fromkeys(
        services, 200
    )


def test_after_all_of_that_an_application_still_becomes_a_match_and_a_message(
    platform: Platform, market: Market
) -> None:
    applicant = market.apply("L-1")
    market.wait_ranked(applicant)
    [letter] = platform.until(lambda: platform.mail(applicant.email))
    assert letter["To"] == applicant.email
    told = platform.facts("matching-matches", "match.ranked", application=applicant.application)
    assert [fact.data["eligible"] for fact in told] == [True]
