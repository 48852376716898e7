"""Services start in any order, wait for what is away, and drain on SIGTERM without losing anything."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ieum.common.testing.builders import Market, key
from ieum.common.testing.servers import Given

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.timeout(240)]

DRAIN_SECONDS = 5.0
SERVICES = ("intake", "matching", "notify", "audit")


@pytest.fixture(scope="module")
def market(platform: Platform) -> Market:
    return Market(platform, {"L-1": 1})


def test_sigterm_drains_within_five_seconds_and_loses_nothing(platform: Platform, market: Market) -> None:
    """Four windows register people without a pause while every service is told to stop, intake last."""
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
        seconds = {name: platform.stop(name) for name in reversed(SERVICES)}
    for name in SERVICES:
        platform.start(name)
    assert max(seconds.values()) < DRAIN_SECONDS, seconds
    platform.settled()
    told = [fact.subject for fact in platform.facts("intake-people", "person.registered")]
    assert [told.count(person) for person in acknowledged] == [1] * len(acknowledged)
    held = platform.rows("matching", "select id::text from person")
    assert set(acknowledged) <= {row["id"] for row in held}, "nor did those lose anything that read"


@pytest.mark.parametrize(
    "servers",
    [
        pytest.param(("kafka",), marks=pytest.mark.long),
        pytest.param(("postgres",), marks=pytest.mark.long),
        ("kafka", "postgres"),
    ],
    ids="+".join,
)
def test_services_started_the_wrong_way_round_wait_for_what_is_away(
    platform: Platform, servers: tuple[str, ...]
) -> None:
    """`/readyz` says what is missing; nothing need be started again when it comes back."""
    away = [getattr(platform, server) for server in servers]
    if any(isinstance(server, Given) for server in away):
        pytest.skip("the server belongs to somebody else")
    for name in SERVICES:
        platform.stop(name)
    for server in away:
        server.kill()
    try:
        for name in reversed(SERVICES):
            platform.start(name, wait=False)
        for name in SERVICES:
            assert platform.until(lambda name=name: _waits(platform, name), what=f"{name} waiting")
            answer = platform.client(name).get("/livez")
            assert answer.status_code == 200, "waiting is no reason to be killed"
    finally:
        for server in reversed(away):
            server.start()
    for name in SERVICES:
        platform.wait_ready(name)
    answers = {name: platform.client(name).get("/readyz").status_code for name in SERVICES}
    assert answers == dict.fromkeys(SERVICES, 200)


def _waits(platform: Platform, name: str) -> Any:
    """The reasons for which it is not ready; nothing while it does not answer yet."""
    answer = platform.client(name).get("/readyz")
    return answer.status_code == 503 and [reason for reason in answer.json()["reasons"] if "away" in reason]


def test_after_all_of_that_an_application_still_becomes_a_match_and_a_message(
    platform: Platform, market: Market
) -> None:
    applicant = market.apply("L-1")
    market.wait_ranked(applicant)
    [letter] = platform.until(lambda: platform.mail(applicant.email))
    assert letter["To"] == applicant.email
    told = platform.facts("matching-matches", "match.ranked", application=applicant.application)
    assert [fact.data["eligible"] for fact in told] == [True]
