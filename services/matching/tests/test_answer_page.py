"""The link in a proposal's message: a person without an account answers by it, once, and for it alone."""

from __future__ import annotations

import asyncio
import html
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from ieum.common.privacy import answerlinks
from ieum.common.privacy.search import SearchKey
from ieum.common.testing.browser import PHONE_PX, at_phone_width

from .facts import uid
from .test_placement import round_of
from .world import World

pytestmark = pytest.mark.servers

KOREAN = {"Accept-Language": "ko"}


async def token(matching: World, name: str, *, neutral: bool = False, person: str | None = None) -> str:
    id_ = UUID(await matching.match_of(name))
    [row] = await matching.fetch("select answer_by from match where id = $1", id_)
    return answerlinks.sign(
        matching.service.search, id_, person=uid(person or name), until=row["answer_by"], neutral=neutral
    )


async def opened(matching: World, link: str, language: str = "ko") -> httpx.Response:
    return await matching.client.get(f"/matching/answers/{link}", headers={"Accept-Language": language})


async def answered(matching: World, link: str, **form: str) -> httpx.Response:
    return await matching.client.post(f"/matching/answers/{link}", data=form, headers=KOREAN)


async def state(matching: World, name: str) -> tuple[str, str | None]:
    await matching.refills()
    [row] = await matching.fetch(
        "select state, reason from match where person = $1 order by proposed_at desc limit 1", uid(name)
    )
    return row["state"], row["reason"]


async def test_a_person_accepts_by_the_link_once(matching: World) -> None:
    """No sign-in; opening it, however often, changes nothing; the second click changes nothing more."""
    await round_of(matching, {"o1": 1}, a=["o1"])
    link = await token(matching, "a")
    for _ in range(3):
        page = await opened(matching, link)
        assert page.status_code == 200
        assert (await matching.client.head(f"/matching/answers/{link}")).status_code in {200, 405}
    assert "답변을 기다립니다" in page.text
    assert await state(matching, "a") == ("proposed", None)
    first, second = await asyncio.gather(*(answered(matching, link, answer="accept") for _ in range(2)))
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(await matching.told("match.accepted")) == 1
    after = await opened(matching, link)
    assert "수락하셨습니다" in after.text
    assert "<form" not in after.text
    other = await answered(matching, link, answer="decline", reason="too-far")
    assert (other.status_code, "이미 수락하신 제안입니다." in other.text) == (409, True)
    assert "You have accepted" in (await opened(matching, link, "en")).text


async def test_declining_says_why_and_the_place_goes_on(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"])
    link = await token(matching, "a")
    assert (await answered(matching, link, answer="decline", reason="because")).status_code == 422
    assert (await answered(matching, link)).status_code == 422
    assert (await answered(matching, link, answer="decline", reason="too-far")).status_code == 303
    assert await state(matching, "a") == ("declined", "too-far")
    assert await state(matching, "b") == ("proposed", None)
    assert "거절하셨습니다" in (await opened(matching, link)).text


async def test_a_link_after_its_time_says_so_and_does_nothing(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"])
    link = await token(matching, "a")
    matching.pass_days(6)
    page = await opened(matching, link)
    assert (page.status_code, "<form" in page.text) == (410, False)
    assert "답변 기한이 지나" in page.text
    assert (await answered(matching, link, answer="accept")).status_code == 409
    await matching.expire()
    assert (await opened(matching, link)).status_code == 410
    assert await state(matching, "a") == ("expired", None)


async def test_who_accepted_elsewhere_reads_that_it_ended(matching: World) -> None:
    """A link of one proposal answers no other: the other programme's ended by itself."""
    await round_of(matching, {"o1": 1}, a=["o1"])
    link = await token(matching, "a")
    await matching.fetch("update match set state = 'declined', reason = 'accepted-elsewhere' returning 1")
    page = await opened(matching, link)
    assert "다른 자리를 수락하셔서 종료되었습니다" in page.text
    assert "<form" not in page.text


async def test_tampered_foreign_and_invented_links_open_nothing(matching: World) -> None:
    """Every bit of a link counts; nobody's link is good for another's match, person or end."""
    await round_of(matching, {"o1": 2}, a=["o1"], b=["o1"])
    link = await token(matching, "a")
    raw = urlsafe_b64decode(link)
    flipped = [
        urlsafe_b64encode(raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]).decode()
        for at, bit in ((0, 0), (5, 3), (15, 7), (16, 0), (16, 1), (17, 0), (25, 5), (32, 7))
    ]
    match = UUID(await matching.match_of("a"))
    [row] = await matching.fetch("select answer_by from match where id = $1", match)
    known = {"person": uid("a"), "until": row["answer_by"], "neutral": False}
    foreign = [
        await token(matching, "a", person="b"),
        answerlinks.sign(SearchKey(b"x" * 32), match, **known),
        answerlinks.sign(matching.service.search, uuid4(), **known),
        answerlinks.sign(matching.service.search, UUID(await matching.match_of("b")), **known),
    ]
    for bad in (*flipped, *foreign, link[:-1], link + "A", "x", "가" * 44, "%00" * 44):
        assert (await opened(matching, bad)).status_code == 404, bad
        refused = await answered(matching, bad, answer="accept")
        assert refused.status_code == 404
        assert "올바른 링크가 아닙니다" in refused.text
    assert {await state(matching, "a"), await state(matching, "b")} == {("proposed", None)}


async def test_nothing_personal_is_in_the_link_or_on_the_page(matching: World) -> None:
    """Not the person's id either; for who asked for neutral words, no programme, workplace or place."""
    await round_of(matching, {"o1": 1}, a=["o1"])
    plain = await token(matching, "a")
    assert uid("a").bytes not in urlsafe_b64decode(plain)
    page = (await opened(matching, plain)).text
    assert str(uid("a")) not in page
    neutral = (await opened(matching, await token(matching, "a", neutral=True))).text
    shown = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html.unescape(page)))
    hidden = (shown["사업"], shown["기관"], shown["자리"].partition(" (")[0])
    assert all(hidden)
    assert [word for word in hidden if word in neutral] == []
    assert "확인하실 내용" in neutral
    assert "답변 기한" in neutral


async def test_at_the_width_of_a_telephone_nothing_sticks_out_and_buttons_can_be_hit(
    matching: World, tmp_path: Path
) -> None:
    """As a browser lays it out at 390 px: no wider than the screen, buttons 44 px high at least and wide."""
    await round_of(matching, {"o1": 1}, a=["o1"])
    page = (await opened(matching, await token(matching, "a"))).text
    laid = await at_phone_width(page, tmp_path)
    assert PHONE_PX - 20 < laid.screen <= PHONE_PX  # a scroll bar takes some of it
    assert laid.wide == laid.screen
    buttons = laid.of_type("submit")
    assert len(buttons) == 2
    assert all(one.width >= 300 and one.height >= 44 for one in buttons), buttons
