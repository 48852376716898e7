"""Agreements over HTTP on a real Postgres, and the referrals that rest on them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .referrals import RECEIVER, SENDER, STRANGER, body
from .world import World, problem

pytestmark = pytest.mark.servers
AGREEMENT: dict[str, Any] = {
    "from_agency": SENDER, "to_agency": RECEIVER, "needs": ["debt", "housing"],
    "purpose": "청년 위기 지원 연계", "basis": "개인정보 보호법 제17조제1항제2호",
    "since": "2022-02-15", "until": "2022-03-31",
}  # fmt: skip


async def _sign(intake: World, **changes: Any) -> httpx.Response:
    return await intake.post("agreements", AGREEMENT | changes, role="official", agency=SENDER)


async def _end(intake: World, id_: str, last_day: str, version: str | None) -> httpx.Response:
    headers = intake.headers("official") | ({"If-Match": version} if version else {})
    return await intake.client.post(
        f"/intake/agreements/{id_}/end", json={"last_day": last_day}, headers=headers
    )


async def _refer(intake: World, person: str, **changes: Any) -> httpx.Response:
    return await intake.post("referrals", body(person, basis="agreement") | changes, agency=SENDER)


async def test_a_referral_rests_on_an_agreement_that_holds_on_the_day(intake: World) -> None:
    signed = (await _sign(intake)).json()
    people = [await intake.person(name=name) for name in ("홍길동", "김철수", "이영희")]
    made = await _refer(intake, people[0])
    assert (made.status_code, made.json()["agreement"]) == (201, signed["id"])
    assert problem(await _refer(intake, people[1], need="health")) == (422, "agreement-missing")
    assert problem(await _refer(intake, people[1], to_agency=STRANGER)) == (422, "agreement-missing")
    back = body(people[1], basis="agreement", to_agency=SENDER)
    assert problem(await intake.post("referrals", back, agency=RECEIVER)) == (422, "agreement-missing")
    intake.advance(days=44)  # the last day
    assert (await _refer(intake, people[1])).status_code == 201
    intake.advance(days=1)
    assert problem(await _refer(intake, people[2])) == (422, "agreement-missing")


async def test_ending_one_before_its_time_is_told_and_needs_its_version(intake: World) -> None:
    signed = (await _sign(intake)).json()
    person = await intake.person()
    assert problem(await _end(intake, signed["id"], "2022-02-15", None)) == (428, "if-match-missing")
    assert problem(await _end(intake, signed["id"], "2022-02-15", '"2"')) == (412, "stale")
    for day in ("2022-02-14", "2022-04-01"):
        assert problem(await _end(intake, signed["id"], day, '"1"')) == (422, "agreement-last-day")
    ended = await _end(intake, signed["id"], "2022-02-15", '"1"')
    assert (ended.json()["until"], ended.headers["ETag"]) == ("2022-02-15", '"2"')
    assert (await _refer(intake, person, need="housing")).status_code == 201
    intake.advance(days=1)
    assert problem(await _refer(intake, person)) == (422, "agreement-missing")
    assert problem(await _end(intake, signed["id"], "2022-02-16", '"2"')) == (409, "agreement-ended")
    told = await intake.told("intake-organisations")
    assert [one.get("needs") or one.get("last_day") for one in told] == [["debt", "housing"], "2022-02-15"]
    listed = (await intake.get("agreements", params={"agency": RECEIVER})).json()["items"]
    assert [one["id"] for one in listed] == [signed["id"]]
    assert (await intake.get("agreements", params={"agency": STRANGER})).json()["items"] == []


async def test_one_that_has_not_begun_ends_on_its_first_day_at_the_earliest(intake: World) -> None:
    signed = (await _sign(intake, since="2022-03-01")).json()
    assert problem(await _end(intake, signed["id"], "2022-02-20", '"1"')) == (422, "agreement-last-day")
    assert (await _end(intake, signed["id"], "2022-03-01", '"1"')).json()["until"] == "2022-03-01"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to_agency": SENDER}, "agreement-with-oneself"),
        ({"until": "2022-02-14"}, "agreement-days"),
        ({"to_agency": "nowhere"}, "agency-unknown"),
        ({"needs": []}, "invalid-request"),
    ],
)
async def test_what_is_no_agreement_is_refused(intake: World, change: dict[str, Any], code: str) -> None:
    assert problem(await _sign(intake, **change)) == (422, code)
    assert await intake.fetch("select 1 from agreement") == []


async def test_only_officials_and_operators_sign(intake: World) -> None:
    for role in ("staff", "citizen", "auditor"):
        assert (await intake.post("agreements", AGREEMENT, role=role)).status_code == 403
    assert (await intake.post("agreements", AGREEMENT, role="operator")).status_code == 201
