"""A large file goes on where it was, however often intake is killed: no row twice, none lost."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.testing.builders import Market, key

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.long]

ROWS, KILLS = 3_000, 2
HEAD = ["이름", "생년월일", "전화", "구군", "취업상태", "희망1"]


def file(email: str) -> bytes:
    """Invented people, told from one another by their phones; a row in a hundred is spoilt."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*HEAD, "이메일"])
    for number in range(ROWS):
        district = "없는구" if number % 100 == 99 else "동구"
        phone = f"010{number:08d}"
        writer.writerow(
            ["김하늘", "1999.3.5", phone, district, "미취업", "K-1", f"{email}-{number}@mail.ieum.test"]
        )
    return text.getvalue().encode("cp949")


def test_intake_is_killed_while_it_imports(platform: Platform) -> None:
    """`kill -9` at two moments; then the file once more, which adds nothing."""
    market = Market(platform, {"K-1": 1})
    url, asked = "/intake/imports/applications", {"programme": market.programme}

    def sent() -> dict[str, Any]:
        headers = {**key(), "Content-Type": "text/csv"}
        answer = market.staff.post(url, params=asked, content=raw, headers=headers, timeout=60)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def report() -> dict[str, Any]:
        return dict(market.staff.get(f"/intake/imports/{id_}").raise_for_status().json())

    raw = file(market.programme)
    id_ = sent()["id"]
    for time in range(1, KILLS + 1):
        platform.until(lambda past=time * ROWS // (KILLS + 2): report()["done"] >= past, seconds=120)
        assert report()["state"] == "working"
        platform.restart("intake")
    platform.until(lambda: report()["state"] != "working", seconds=180, what="the file to be worked through")
    ended = report()
    good = ROWS - ROWS // 100
    assert (ended["state"], ended["done"], ended["added"]) == ("done", ROWS, good)
    assert (ended["refused"], ended["already_there_count"]) == (ROWS // 100, 0)
    of_it = f"where programme = '{market.programme}'"
    [row] = platform.rows(
        "intake", f"select count(*) as n, count(distinct person) as people from application {of_it}"
    )
    assert (row["n"], row["people"]) == (good, good)
    again = sent()
    assert (again["same_as"], again["added"], again["already_there_count"]) == (id_, 0, good)
    platform.settled(seconds=180)
    held = platform.rows("matching", f"select count(*) as n from application {of_it}")
    assert held == [{"n": good}]  # what a killed relay sent again has its effect once
    told = {
        fact.subject
        for fact in platform.facts("intake-applications", "application.submitted")
        if fact.data["programme"] == market.programme
    }
    assert len(told) == good
