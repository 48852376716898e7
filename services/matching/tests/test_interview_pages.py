"""The pages of interviews: the workplace's and the person's, without script, on a telephone."""

from __future__ import annotations

import html
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ieum.common.kernel.dates import KST, written_moment
from ieum.common.testing.browser import PHONE_PX, at_phone_width

from .facts import uid
from .test_interviews import invited, later, market, numbers, slots
from .world import World

pytestmark = pytest.mark.servers

WORKPLACE = f"/matching/openings/{uid('o1')}/candidates/page"


def own(name: str) -> str:
    return f"/matching/applications/{uid(f'application {name}')}/interviews/page"


def headers(matching: World, name: str = "") -> dict[str, str]:
    if name:
        return matching._headers("citizen", subject=str(uid(name)))
    return matching._headers("workplace", agency=str(uid("firm o1")))


async def shown(matching: World, path: str, name: str = "") -> str:
    answer = await matching.client.get(path, headers=headers(matching, name))
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


async def pressed(matching: World, path: str, name: str = "", **form: Any) -> tuple[int, str]:
    answer = await matching.client.post(path, data=form, headers=headers(matching, name))
    return answer.status_code, html.unescape(answer.text)


async def test_a_workplace_goes_all_the_way_by_its_forms(matching: World) -> None:
    await market(matching, "a", "b", required=False)
    first, second = await numbers(matching)
    page = await shown(matching, WORKPLACE)
    assert "지원자 2명" in page
    assert "경력: 150점 중 150점" in page
    assert first[:8] in page
    assert "김" not in page.partition("<main")[2].replace("김담당", ""), "no name"
    assert "<script" not in page
    assert await pressed(matching, WORKPLACE, do="shortlist", candidate=first) == (303, "")
    assert await pressed(matching, WORKPLACE, do="shortlist", candidate=first) == (303, "")
    status, page = await pressed(matching, WORKPLACE, do="invite")
    assert status == 409
    assert "초대하실 분보다 면접 시간이 적습니다(0개)" in page
    at = matching.service.clock.now().astimezone(KST) + timedelta(days=1)
    time = {"on": f"{at:%Y-%m-%d}", "at": f"{at:%H:%M}", "minutes": "30", "place": "online"}
    assert await pressed(matching, WORKPLACE, do="offer", **time) == (303, "")
    status, page = await pressed(matching, WORKPLACE, do="offer", **(time | {"minutes": "1"}))
    assert (status, "입력하신 내용을 확인해 주십시오." in page) == (422, True)
    assert await pressed(matching, WORKPLACE, do="invite") == (303, "")

    [slot] = await slots(matching)
    page = await shown(matching, own("a"), "a")
    assert "시간을 골라 주십시오" in page
    assert f"<code>{first[:8]}</code>" in page
    [row] = await matching.fetch("select id from interview")
    assert await pressed(matching, own("a"), "a", do="book", interview=row["id"], slot=slot) == (303, "")
    page = await shown(matching, own("a"), "a")
    assert "면접 시간이 정해졌습니다" in page
    assert written_moment(at.replace(second=0, microsecond=0), "ko") in page
    assert second[:8] in await shown(matching, WORKPLACE)

    later(matching, days=1, minutes=5)
    points = {"points-motive": "9", "points-skill": "4"}
    status, page = await pressed(
        matching, WORKPLACE, do="score", interview=row["id"], **{"points-motive": "9"}
    )
    assert (status, "모든 항목의 점수를" in page) == (422, True)
    assert await pressed(matching, WORKPLACE, do="score", interview=row["id"], **points) == (303, "")
    assert "25점 만점에 22점" in await shown(matching, WORKPLACE)
    page = await shown(matching, own("a"), "a")
    assert "희망 순위를 다시 정하실 수 있습니다" in page
    assert "22점" not in page
    result = f"/matching/applications/{uid('application a')}/result"
    assert f'href="{own("a")}"' in await shown(matching, result, "a")


async def test_a_person_declines_and_sees_nothing_of_others(matching: World) -> None:
    await market(matching, "a", "b")
    one, _ = await invited(matching, 0, 1)
    form = {"do": "decline", "interview": one["id"], "why": "too-far"}
    assert (await pressed(matching, own("b"), "b", **form))[0] == 404
    assert await pressed(matching, own("a"), "a", **form) == (303, "")
    assert "참여하지 않습니다: 너무 멉니다" in await shown(matching, own("a"), "a")
    refused = await matching.client.get(own("a"), headers=headers(matching, "b"))
    assert refused.status_code == 404


async def test_both_fit_a_telephone(matching: World, tmp_path: Path) -> None:
    await market(matching, "a", "b")
    await invited(matching, 0, 1)
    for path, name in ((WORKPLACE, ""), (own("a"), "a")):
        laid = await at_phone_width(await shown(matching, path, name), tmp_path)
        assert PHONE_PX - 20 < laid.screen <= PHONE_PX
        assert laid.wide == laid.screen, path
        buttons = [one for one in laid.of_type("submit") if one.width]
        assert buttons
        assert all(one.width >= 300 and one.height >= 44 for one in buttons), (path, buttons)
        assert all(one.right <= laid.screen for one in laid.controls)
