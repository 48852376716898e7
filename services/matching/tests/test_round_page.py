"""A round's page: what the official sees before confirming, at a telephone's width, without a script."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from ieum.common.testing.browser import at_phone_width

from .world import World

pytestmark = pytest.mark.servers


async def press(matching: World, id_: str, role: str = "official", **form: str) -> httpx.Response:
    headers = matching._headers(role) | {"Accept-Language": "ko", "Idempotency-Key": str(uuid4())}
    return await matching.client.post(f"/matching/rounds/{id_}/page", data=form, headers=headers)


async def page(matching: World, id_: str, role: str = "official") -> str:
    headers = matching._headers(role) | {"Accept-Language": "ko"}
    shown = await matching.client.get(f"/matching/rounds/{id_}/page", headers=headers)
    assert shown.status_code == 200, shown.text
    return shown.text


async def test_an_official_goes_through_a_round_by_its_page(matching: World, tmp_path: Path) -> None:
    """Three of equal points for one place: the page says that the lottery decided, and at whose cost."""
    await matching.market({"o1": 1, "o2": 2})
    for name in "abc":
        await matching.applicant(name, "o1")
    made = await matching.post("/rounds", "official", {"programme": "yes-matching-2022"})
    id_ = made.json()["id"]
    assert "플랫폼만 추첨 값을 냈습니다" in await page(matching, id_)
    early = await press(matching, id_, do="confirm")
    assert (early.status_code, "아직 신청을 받고 있는 회차입니다." in early.text) == (409, True)
    assert (await press(matching, id_, "auditor", do="close")).status_code == 403
    for step in ("close", "compute"):
        assert (await press(matching, id_, do=step)).status_code == 303
    shown = await page(matching, id_)
    assert "신청 3건, 자리 3개, 배정 1명, 미배정 2명" in shown
    assert "동점자 중 1명 배정, 2명 대기" in shown
    assert "희망한 분이 없습니다." in shown
    assert "Truthful ranking is best for applicants without minimums" in shown
    assert made.json()["commitment"] in shown
    assert "<form" in shown
    assert "<form" not in await page(matching, id_, "auditor")
    laid = await at_phone_width(shown, tmp_path)
    assert laid.wide == laid.screen
    assert all(one.height >= 44 for one in laid.of_type("submit")), laid.controls
    assert (await press(matching, id_, do="return")).status_code == 422, "no reason"
    assert (await press(matching, id_, do="nonsense")).status_code == 422
    assert (await press(matching, id_, do="confirm")).status_code == 303
    assert (await press(matching, id_, do="confirm")).status_code == 303
    assert "결정: 김담당" in await page(matching, id_)
    assert (await press(matching, id_, do="end")).status_code == 303
    assert "종료되었습니다" in await page(matching, id_)
