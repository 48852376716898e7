"""A person asks to be forgotten: what no law keeps is unreadable everywhere, and the log still holds."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.testing.builders import Applicant, Market, key

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform

HOLDERS = {"matching", "notify", "audit"}


@pytest.fixture(scope="module")
def market(platform: Platform) -> Market:
    return Market(platform, {"E-1": 1})


@pytest.fixture(scope="module")
def erased(platform: Platform, market: Market) -> Applicant:
    """Somebody who applied, was told, and then asked to be forgotten."""
    applicant = market.apply("E-1")
    market.wait_ranked(applicant)
    platform.until(lambda: platform.mail(applicant.email))
    citizen = platform.client("intake", "citizen", subject=applicant.person)
    answer = citizen.post(f"/intake/people/{applicant.person}/erasure", headers=key())
    assert answer.status_code == 201, answer.text
    assert {"contact", "profile"} <= set(answer.json()["gone"])
    return applicant


def test_every_holder_acknowledges(platform: Platform, erased: Applicant) -> None:
    citizen = platform.client("intake", "citizen", subject=erased.person)

    def done() -> Any:
        found = citizen.get(f"/intake/people/{erased.person}/erasure").json()
        return not found["waiting_for"] and found

    found = platform.until(done, what="the acknowledgement of every holder")
    assert {each["holder"] for each in found["acknowledged"]} == HOLDERS
    for kept in found["kept"]:
        assert kept["article"], "what is kept is kept by an article, until a day"
        assert kept["until"]


def test_no_service_shows_the_person_any_more(platform: Platform, market: Market, erased: Applicant) -> None:
    test_every_holder_acknowledges(platform, erased)
    shown = market.staff.get(f"/intake/people/{erased.person}", params={"reveal": "확인"}).json()
    assert (shown["erased"], shown["contact"], shown["profile"]) == (True, None, None)
    found = market.staff.get("/intake/people", params={"birth_date": "1998-03-05"}).json()["items"]
    assert erased.person not in {each["id"] for each in found}
    notify = platform.client("notify", "staff").get("/notify/messages", params={"person": erased.person})
    assert {each["address"] for each in notify.json()["items"]} <= {None}


def test_the_keys_are_gone_from_the_table_and_buried_on_the_topic(
    platform: Platform, erased: Applicant
) -> None:
    rows = platform.rows(
        "intake", "select record_class from person_key where person = $1::text::uuid", erased.person
    )
    assert not {"contact", "profile"} & {row["record_class"] for row in rows}
    platform.settled()
    last: dict[str, bytes | None] = {}
    for record in platform.records("intake-keys"):
        last[record.key.decode()] = record.value
    for name in ("contact", "profile"):
        assert last.get(f"{erased.person}/{name}/1") is None


def test_no_clear_trace_was_ever_there_but_the_letter_itself(platform: Platform, erased: Applicant) -> None:
    """The mail sink stands for the provider: what was sent is with the person."""
    assert [place for place in platform.traces(erased.email) if not place.startswith("mail")] == []


def test_the_log_still_verifies(platform: Platform, erased: Applicant) -> None:
    test_every_holder_acknowledges(platform, erased)
    url = f"{platform.url('audit')}/audit/log"
    command = [sys.executable, "-m", "ieum.common.cli", "audit", "verify", "--url", url, "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(ended.stdout)["problems"] == []
    assert ended.returncode == 0
    told = platform.facts("intake-people", "person.registered")
    [fact] = [fact for fact in told if fact.subject == erased.person]
    auditor = platform.client("audit", "auditor")
    proof = auditor.get(f"/audit/log/events/{fact.id}/proof")
    assert proof.is_success, "the place in the log is proven though nothing of the person can be read"
