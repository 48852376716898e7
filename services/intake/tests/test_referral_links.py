"""Signed links over real HTTP: what an agency without a system sees, and that its answer counts once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from .referrals import RECEIVER, SENDER, STRANGER, sent, step, walk
from .serving import Served, served
from .world import World, problem

pytestmark = pytest.mark.servers


@pytest.fixture
async def window(intake: World) -> AsyncIterator[Served]:
    async with served(intake) as made:
        yield made


async def _link(intake: World, referral: str, agency: str = SENDER) -> str:
    answer = await intake.post(f"referrals/{referral}/link", agency=agency)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["path"])


async def _press(window: Served, path: str, answer: str, **more: str) -> httpx.Response:
    return await window.client.post(path, data={"answer": answer} | more)


async def _state(intake: World, referral: dict[str, Any]) -> Any:
    return (await intake.get(f"referrals/{referral['id']}", agency=SENDER)).json()


async def test_an_agency_without_a_system_answers_by_its_link(window: Served) -> None:
    """Seen in Korean or English, accepted, served; the sender sees each step and closes."""
    intake = window.world
    one = await sent(intake)
    path = await _link(intake, one["id"])
    page = await window.client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    for wanted in (one["number"], "debt", "달서구", "청년기", "빠른 처리", "수락", "돌려보내기"):
        assert wanted in page.text
    english = (await window.client.get(path, headers={"Accept-Language": "en"})).text
    assert "Will you take this on?" in english
    assert (await _state(intake, one))["status"] == "sent"  # looking changes nothing
    pressed = await _press(window, path, "accept")
    assert (pressed.status_code, pressed.headers["location"]) == (303, path)
    assert "수락하셨습니다" in (await window.client.get(path)).text
    assert (await _press(window, path, "serve")).status_code == 303
    done = await _state(intake, one)
    assert [line["fact"] for line in done["history"]] == ["sent", "received", "accepted", "served"]
    await walk(intake, done, "close")
    assert "<button" not in (await window.client.get(path)).text


async def test_the_page_names_nobody_runs_no_script_and_keeps_the_policy(window: Served) -> None:
    one = await sent(window.world)
    path = await _link(window.world, one["id"])
    await _press(window, path, "accept")
    page = await window.client.get(path)
    for hidden in ("홍길동", "01234567", "월세", one["person"], "복지", "welfare", "의뢰"):
        assert hidden not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert re.findall(r"<script|<style|\sstyle=|\son\w+=", page.text) == []
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert await window.world.told("intake-access") == []


async def test_clicked_many_times_it_happens_once(window: Served) -> None:
    one = await sent(window.world)
    path = await _link(window.world, one["id"])
    answers = await asyncio.gather(*(_press(window, path, "accept") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {303}
    assert len(await window.world.told("intake-referrals")) == 3
    for _ in range(2):
        back = await _press(window, path, "return", reason="cannot-reach-person")
        assert back.status_code == 303
    state = await _state(window.world, one)
    assert (state["status"], state["reason"], state["version"]) == ("returned", "cannot-reach-person", 4)
    late = await _press(window, path, "accept")
    assert late.status_code == 409
    assert "지금 단계에서는 할 수 없습니다" in late.text
    assert (await _state(window.world, one))["version"] == 4


async def test_a_return_by_link_needs_its_reason_and_refuses_forbidden_numbers(window: Served) -> None:
    one = await sent(window.world)
    path = await _link(window.world, one["id"])
    assert (await _press(window, path, "return")).status_code == 422
    assert (await _press(window, path, "return", reason="other")).status_code == 422
    bad = await _press(window, path, "return", reason="other", sentence="900101-1234567 님")
    assert bad.status_code == 422
    assert "900101" not in bad.text
    for raw in (b"\xff\xfe", b"answer=explode", b"", b"&".join([b"a=b"] * 50)):
        assert (await window.client.post(path, content=raw)).status_code == 422
    assert (await _state(window.world, one))["status"] == "sent"
    good = await _press(window, path, "return", reason="other", sentence="담당자가 휴가입니다.")
    assert good.status_code == 303
    assert (await _state(window.world, one))["reason"] == "other"


async def test_a_link_ends_after_eight_days_and_holds_for_nothing_else(window: Served) -> None:
    """Expired, changed by a character, or for another referral: a page that says so, and nothing happens."""
    intake = window.world
    one = await sent(intake)
    path = await _link(intake, one["id"])
    place = len(path) - 30
    for bad in (
        path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :],
        path + "A",
        path[:-2],
    ):
        for answer in (await window.client.get(bad), await _press(window, bad, "accept")):
            assert answer.status_code == 404
            assert "올바른 링크가 아닙니다" in answer.text
    await walk(intake, one, "receive", "accept")
    intake.advance(days=8, seconds=-1)
    assert (await window.client.get(path)).status_code == 200
    intake.advance(seconds=1)
    for answer in (await window.client.get(path), await _press(window, path, "serve")):
        assert answer.status_code == 410
        assert "유효 기간이 지났습니다" in answer.text
    assert (await _state(intake, one))["status"] == "accepted"


async def test_only_the_sender_makes_a_link_and_only_while_an_answer_is_owed(window: Served) -> None:
    intake = window.world
    one = await sent(intake)
    path = f"referrals/{one['id']}/link"
    assert problem(await intake.post(path, agency=RECEIVER)) == (403, "not-your-step")
    assert problem(await intake.post(path, agency=STRANGER)) == (404, "referral-unknown")
    assert (await step(intake, one["id"], "receive", 1)).status_code == 200
    assert (await step(intake, one["id"], "return", 2)).status_code == 200
    assert problem(await intake.post(path, agency=SENDER)) == (409, "step-impossible")
