"""The page of the front desk and a window, as a browser without scripts uses it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from ieum.common.testing.browser import at_phone_width
from ieum.intake.neutral import is_telling

from .contacts import FRONT, HOPE, YOUTH, queue, taken
from .world import World

pytestmark = pytest.mark.servers


async def page(intake: World, *, agency: str, language: str = "ko", query: str = "") -> str:
    headers = intake.headers("staff", agency=agency) | {"Accept-Language": language}
    answer = await intake.client.get(f"/intake/desk{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-language"] == language
    return answer.text


async def submit(
    intake: World, path: str, fields: dict[str, str | list[str]], *, agency: str
) -> httpx.Response:
    headers = intake.headers("staff", agency=agency)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return await intake.client.post(
        f"/intake/desk/{path}", content=urlencode(fields, doseq=True), headers=headers
    )


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found
    return found[1]


async def test_a_visit_is_taken_called_and_served_with_forms_alone(intake: World) -> None:
    """Clicked twice it is one visit; what the visitor sees is a number; the window's buttons do the rest."""
    form = await page(intake, agency=FRONT)
    fields: dict[str, str | list[str]] = {
        "key": hidden(form, "key"), "agencies": [HOPE, YOUTH], "person": "", "story": "월세가 밀렸습니다.",
    }  # fmt: skip
    answers = [await submit(intake, "visits", fields, agency=FRONT) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    shown = await page(intake, agency=FRONT, query="?" + answers[0].headers["location"].partition("?")[2])
    [ticket] = re.findall(r'<p role="status" class="ticket">(.+?)</p>', shown)
    assert "001" in ticket
    assert not is_telling(ticket)
    assert len(await queue(intake, HOPE)) == 1

    html = await page(intake, agency=HOPE)
    [item] = await queue(intake, HOPE)
    steps = [("call", "2층 3번 창구"), ("serve", "")]
    for version, (move, place) in enumerate(steps, start=1):
        assert f'value="{version}"' in html
        sent: dict[str, str | list[str]] = {"move": move, "version": str(version), "place": place}
        answer = await submit(intake, f"windows/{item['id']}", sent, agency=HOPE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/intake/desk")
        html = await page(intake, agency=HOPE)
    assert "기다리시는 분이 없습니다." in html


async def test_at_the_width_of_a_telephone_the_desk_can_be_used(intake: World, tmp_path: Path) -> None:
    """As a browser lays it out at 390 px, with somebody waiting: nothing sticks out, all can be hit."""
    await taken(intake, HOPE, YOUTH, front=HOPE)
    laid = await at_phone_width(await page(intake, agency=HOPE), tmp_path)
    assert laid.wide == laid.screen
    assert all(one.left >= 0 and one.right <= laid.screen for one in laid.controls), laid.controls
    buttons = laid.of_type("submit")
    assert len(buttons) >= 2, "taking a visit, and calling who waits"
    assert all(one.height >= 44 for one in buttons), buttons
    written = laid.of_type("text", "textarea", "search")
    assert written
    assert all(one.width >= 200 and one.height >= 24 for one in written), written
    assert all(one.height >= 13 and one.width >= 13 for one in laid.of_type("checkbox"))


async def test_what_cannot_be_done_is_said_in_both_languages(intake: World) -> None:
    nothing = await submit(intake, "visits", {"key": "x"}, agency=FRONT)
    assert nothing.status_code == 422
    assert "창구는 한 곳 이상" in nothing.text
    assert "Nobody is waiting." in await page(intake, agency=FRONT, language="en")
    assert (await intake.client.get("/intake/desk")).status_code == 401


async def test_the_page_is_plain_and_every_field_is_labelled(intake: World) -> None:
    """No script, no foreign host, no table and no fixed width; the language is said."""
    await submit(
        intake, "visits", {"key": hidden(await page(intake, agency=FRONT), "key"), "agencies": [FRONT]},
        agency=FRONT,
    )  # fmt: skip
    html = await page(intake, agency=FRONT)
    assert '<html lang="ko">' in html
    assert re.search('<table|<script|https?://|style=|width="', html) is None
    ids = set(re.findall(r'<(?:input|textarea) id="([^"]+)"', html))
    assert ids
    assert ids == set(re.findall(r'<label for="([^"]+)"', html))
