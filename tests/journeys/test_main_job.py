"""The main job from outside: an application over HTTP becomes a match, a message and an entry of the log."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.testing.builders import Applicant, Market

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
def market(platform: Platform) -> Market:
    return Market(platform, {"A-1": 1})


@pytest.fixture(scope="module")
def applicants(market: Market) -> list[Applicant]:
    """Three for one place: the better they fit, the earlier they stand."""
    made = [
        market.apply("A-1", skills=["파이썬"]),
        market.apply("A-1", skills=[], fields=["정보통신"]),
        market.apply("A-1", skills=[], fields=[], district="27110"),
    ]
    market.wait_ranked(*made)
    return made


@pytest.fixture(scope="module")
def cleared(market: Market, applicants: list[Applicant]) -> list[Applicant]:
    market.clear()
    market.platform.until(
        lambda: (
            len(market.platform.facts("matching-matches", "match.waitlisted", programme=market.programme))
            == 2
        )
    )
    return applicants


def _standing(platform: Platform, applicant: Applicant) -> dict[str, Any]:
    citizen = platform.client("matching", "citizen", subject=applicant.person)
    found: dict[str, Any] = citizen.get(f"/matching/applications/{applicant.application}").json()
    return found


def _answer(platform: Platform, applicant: Applicant, answer: str) -> None:
    """The person answers their own newest proposal."""
    match = _standing(platform, applicant)["matches"][-1]["id"]
    citizen = platform.client("matching", "citizen", subject=applicant.person)
    citizen.post(f"/matching/matches/{match}/{answer}").raise_for_status()


def test_an_application_is_ranked_explained_and_receipted_on_arrival(
    platform: Platform, market: Market, applicants: list[Applicant]
) -> None:
    [ranked] = platform.facts("matching-matches", "match.ranked", application=applicants[0].application)
    assert ranked.data["eligible"] is True
    assert [each["opening"] for each in ranked.data["suggestions"]] == [market.openings["A-1"]]
    assert "explanation" not in json.dumps(ranked.data), "the reasons travel sealed"
    standing = _standing(platform, applicants[0])
    assert standing["explanation"]["ko"][0] == "신청 자격이 확인되었습니다."
    [letter] = platform.until(lambda: platform.mail(applicants[0].email))
    assert "홍길동" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_confirmed_round_proposes_and_numbers_those_who_wait(
    platform: Platform, cleared: list[Applicant]
) -> None:
    first, second, third = (_standing(platform, each) for each in cleared)
    assert [match["state"] for match in first["matches"]] == ["proposed"]
    assert [each["number"] for each in second["waiting"]] == [1]
    assert [each["number"] for each in third["waiting"]] == [2]
    platform.until(lambda: len(platform.mail(cleared[0].email)) == 2, what="the proposal's message")
    [confirmed] = platform.facts("matching-rounds", "round.confirmed", programme=first["programme"])
    assert confirmed.data["official_name"] == "김서연 주무관"


def test_every_applicant_has_a_receipt_and_is_told_a_result(
    platform: Platform, market: Market, cleared: list[Applicant]
) -> None:
    """Also who got nothing: on the page of their own application, and by a message."""
    shown = [market.staff.get(f"/intake/applications/{each.application}").json() for each in cleared]
    assert len({one["receipt"] for one in shown}) == len(cleared)
    for each in cleared:
        platform.until(lambda each=each: len(platform.mail(each.email)) >= 2, what="receipt and result")
        steps = market.staff.get(f"/intake/applications/{each.application}").json()["timeline"]
        assert {"proposed", "waiting"} & {step["status"] for step in steps}


def test_a_decline_moves_the_waiting_list_and_acceptance_tells_the_workplace(
    platform: Platform, market: Market, cleared: list[Applicant]
) -> None:
    _answer(platform, cleared[0], "refusal")
    second = platform.until(
        lambda: (found := _standing(platform, cleared[1]))["matches"] and found, what="the refill"
    )
    assert [match["state"] for match in second["matches"]] == ["proposed"]
    assert [each["number"] for each in _standing(platform, cleared[2])["waiting"]] == [1]
    platform.until(lambda: len(platform.mail(cleared[1].email)) == 3, what="receipt, number, proposal")
    _answer(platform, cleared[1], "acceptance")
    [letter] = platform.until(lambda: platform.mail(market.workplace_email))
    assert "파이썬" not in letter.as_string(), "the workplace learns who comes, nothing more"
    facts = platform.facts("matching-matches", programme=market.programme)
    order = [fact.short_type for fact in facts if fact.short_type != "match.ranked"]
    assert order.count("match.proposed") == 2
    assert order[-1] == "match.accepted"


def test_the_log_proves_that_the_acceptance_is_in_it(platform: Platform, cleared: list[Applicant]) -> None:
    """The inclusion proof is computed anew here, by RFC 9162 section 2.1.3.2, from the signed root alone."""
    accepted = platform.until(
        lambda: platform.facts("matching-matches", "match.accepted", person=cleared[1].person)
    )[0]
    auditor = platform.client("audit", "auditor")
    path = f"/audit/log/events/{accepted.id}/proof"
    proof = platform.until(lambda: (found := auditor.get(path)).is_success and found.json())
    _, size, root = proof["checkpoint"].splitlines()[:3]
    leaf = hashlib.sha256(b"\x00" + base64.b64decode(proof["leaf"])).digest()
    path_hashes = [base64.b64decode(each) for each in proof["hashes"]]
    assert _root(proof["index"], int(size), leaf, path_hashes) == base64.b64decode(root)
    record = base64.b64decode(proof["opening"]["record"])
    assert accepted.id.encode() in record
    assert cleared[1].application.encode() in record


def _root(index: int, size: int, node: bytes, path: list[bytes]) -> bytes:
    last = size - 1
    for sibling in path:
        if index & 1 or index == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        index, last = index >> 1, last >> 1
    return node


def test_anybody_verifies_the_log_from_outside(platform: Platform, cleared: list[Applicant]) -> None:
    platform.settled()
    wanted = len(platform.facts("intake-applications"))
    url = f"{platform.url('audit')}/audit/log"

    def verified() -> dict[str, Any]:
        command = [sys.executable, "-m", "ieum.common.cli", "audit", "verify", "--url", url, "--json"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        found: dict[str, Any] = json.loads(ended.stdout)
        assert found["ok"], found["problems"]
        return found

    def applications(found: dict[str, Any]) -> int:
        return sum(p["leaves"] for p in found["partitions"] if p["topic"] == "intake-applications")

    assert cleared
    platform.until(lambda: applications(verified()) >= wanted, what="every application in the log")
