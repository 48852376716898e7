"""The page of a person's result: what it says, what its forms do, without script, on a telephone."""

from __future__ import annotations

import asyncio
import html
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from ieum.common.events.intake_appeals import AppealDecided, AppealFiled
from ieum.common.testing.browser import PHONE_PX, at_phone_width

from .facts import PROGRAMME, event, uid
from .test_placement import round_of
from .test_placement_life import act, rolling, started, today
from .world import World

pytestmark = pytest.mark.servers


async def opened(matching: World, name: str, language: str = "ko", **who: Any) -> httpx.Response:
    headers = matching._headers("citizen", **{"subject": str(uid(name)), **who})
    path = f"/matching/applications/{uid(f'application {name}')}/result"
    return await matching.client.get(path, headers=headers | {"Accept-Language": language})


async def pressed(matching: World, name: str, do: str, *, subject: str | None = None, **form: str) -> int:
    headers = matching._headers("citizen", subject=subject or str(uid(name)))
    path = f"/matching/applications/{uid(f'application {name}')}/result"
    answer = await matching.client.post(path, data={"do": do, **form}, headers=headers)
    return answer.status_code


async def test_it_gives_reasons_waiting_numbers_and_the_receipt_in_both_languages(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"])
    page = html.unescape((await opened(matching, "b")).text)
    assert "1지망 o1(가상)의 ‘o1 일경험’: 1자리가" in page
    assert "o1 일경험: 1번" in page
    assert "신청 결과" in page
    english = (await opened(matching, "b", "en")).text
    assert "Your result" in english
    assert "Waiting list" in english
    [row] = await matching.fetch("select round from match")
    offered = (await opened(matching, "a")).text
    for name, text in (("a", offered), ("b", page)):
        receipt = f"/rounds/{row['round']}/applications/{uid(f'application {name}')}/receipt"
        assert f'href="/matching{receipt}"' in text
        assert (await matching.get(receipt, "citizen", subject=str(uid(name)))).status_code == 200
    assert "<script" not in offered
    seen = [one for one in await matching.told("access.recorded") if one.data["reason"] == "result-page"]
    assert {one.data["person"] for one in seen} == {str(uid("a")), str(uid("b"))}
    assert (await opened(matching, "a", subject=str(uid("b")))).status_code == 404


async def test_answering_by_its_forms_happens_once(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"])
    match = await matching.match_of("a")
    assert await pressed(matching, "a", "decline", match=match) == 422
    assert await pressed(matching, "b", "accept", match=match) == 404
    assert await pressed(matching, "a", "accept", match=match, subject=str(uid("b"))) == 404
    twice = await asyncio.gather(*(pressed(matching, "a", "accept", match=match, csrf="x") for _ in range(2)))
    assert twice == [303, 303]
    assert len(await matching.told("match.accepted")) == 1
    assert await pressed(matching, "a", "leave", match=match, why="study", note="대학원에 갑니다") == 303
    page = html.unescape((await opened(matching, "a")).text)
    assert "학업을 시작하거나 계속합니다" in page
    assert await matching.live() == {"o1": [str(uid("b"))]}
    assert await pressed(matching, "b", "decline", match=await matching.match_of("b"), why="too-far") == 303
    assert "너무 멉니다" in (await opened(matching, "b")).text


async def test_one_click_asks_for_a_review_and_the_appeals_number_appears(matching: World) -> None:
    """Clicked at once and again: asked once. The number is the one under which intake decides it."""
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"])
    match = await matching.match_of("a")
    assert "사람이 다시 검토하도록 요청합니다" in (await opened(matching, "a")).text
    assert (
        await asyncio.gather(*(pressed(matching, "a", "review", match=match) for _ in range(4))) == [303] * 4
    )
    await matching.post(f"/matches/{match}/review", "citizen", subject=str(uid("a")))
    [fact] = await matching.told("match.review_requested")
    assert (fact.subject, fact.sequence, fact.data["match"]) == (match, 2, match)
    waiting = (await opened(matching, "a")).text
    assert "이의신청 번호가 곧 표시됩니다" in waiting
    assert "사람이 다시 검토하도록" not in waiting
    number = uuid4()
    about = {
        "application": uid("application a"), "person": uid("a"), "programme": PROGRAMME, "fact": uuid4(),
    }  # fmt: skip
    await matching.apply(event(AppealFiled(**about, agency="daegu-youth-centre"), number))
    shown = (await opened(matching, "a")).text
    assert str(number) in shown
    assert "담당 공무원이 검토하고 있습니다" in shown
    await matching.apply(event(AppealDecided(**about, outcome="upheld"), number, sequence=2))
    assert "받아들여졌습니다" in (await opened(matching, "a")).text


async def test_an_application_without_a_match_is_reviewed_too_by_its_person_alone(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"])
    id_ = uid("application b")
    path = f"/applications/{id_}/review"
    assert (await matching.post(path, "citizen", subject=str(uid("a")))).status_code == 404
    assert (await matching.post(path, "staff")).status_code == 403
    asked = await asyncio.gather(*(matching.post(path, "citizen", subject=str(uid("b"))) for _ in range(3)))
    assert [one.status_code for one in asked] == [200] * 3
    assert asked[0].json() == {"application": str(id_), "appeals": []}
    [fact] = await matching.told("match.review_requested")
    assert (fact.subject, fact.data["match"]) == (str(id_), None)
    numbers = [one.sequence for one in await matching.told("match.") if one.subject == str(id_)]
    assert sorted(numbers) == list(dict.fromkeys(sorted(numbers)))  # each fact of the application its own


async def test_the_weekly_report_is_sent_once_by_its_form(matching: World) -> None:
    await rolling(matching, {"o1": 1})
    matching.pass_days(7 - today(matching).weekday())
    await matching.applicant("a", "o1")
    week = today(matching)
    await started(matching, "a")
    match = await matching.match_of("a")
    matching.pass_days(7)
    form = {"match": match, "week": str(week), "hours": "40", "days_present": "5", "days_absent": "0"}
    assert await pressed(matching, "a", "report", **form) == 422
    for _ in range(2):
        assert await pressed(matching, "a", "report", text="수업을 도왔습니다", **form) == 303
    assert len(await matching.told("match.reported")) == 1
    page = html.unescape((await opened(matching, "a")).text)
    assert "40시간, 출근 5일, 결근 0일" in page
    assert "수업을 도왔습니다" in page
    body = {"week": str(week), "hours": 32, "days_present": 4, "days_absent": 1, "text": "수업 지원"}
    await matching.post(f"/matches/{match}/reports", "workplace", body, agency=str(uid("firm o1")))
    assert await pressed(matching, "a", "confirm", match=match, week=str(week), version="2") == 303
    assert "2판, 확인됨" in (await opened(matching, "a")).text


async def test_at_the_width_of_a_telephone_nothing_sticks_out(matching: World, tmp_path: Path) -> None:
    """With all forms on it: an offer's, then a started place's; buttons are 44 px high at least and wide."""
    await rolling(matching, {"o1": 1})
    await matching.applicant("a", "o1")
    for step in ("offered", "started"):
        if step == "started":
            await started(matching, "a")
        laid = await at_phone_width((await opened(matching, "a")).text, tmp_path)
        assert PHONE_PX - 20 < laid.screen <= PHONE_PX
        assert laid.wide == laid.screen, step
        buttons = [one for one in laid.of_type("submit") if one.width]
        assert len(buttons) >= 2
        assert all(one.width >= 300 and one.height >= 44 for one in buttons), (step, buttons)
        assert all(one.right <= laid.screen for one in laid.controls)


async def test_what_cools_off_says_until_when(matching: World) -> None:
    await rolling(matching, {"o1": 1}, cooling_off_days=30)
    await matching.applicant("a", "o1")
    declined = await act(matching, "a", "refusal", "citizen", reason="personal")
    assert f"{declined.json()['cools_until']}부터 이 사업을 다시" in (await opened(matching, "a")).text
