"""A birthday comes, and what is open to a person is another: told by itself, and shown on their page."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from ieum.common.kernel.dates import korean_date
from ieum.common.testing.builders import Market, key

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform


def allowance(id_: str) -> dict[str, Any]:
    refusal = {"ko": "만 20세부터 신청하실 수 있습니다.", "en": "From 20 on."}
    return {
        "id": id_,
        "version": 1,
        "name": {"ko": "시험 수당", "en": "Test allowance"},
        "kind": "benefit",
        "agency": "daegu-youth-centre",
        "life_stages": ["youth"],
        "year": 2026,
        "period": {"opens": "2022-01-01", "closes": "2099-12-31"},
        "eligibility": {"age": {"minimum": 20, "maximum": 34, "at": "application", "refusal": refusal}},
        "choices": {"min": 0, "max": 0},
        "messages": {},
    }


def test_a_service_that_somebody_gets_by_referral_is_not_offered_again(platform: Platform) -> None:
    """Taken on by the other agency, it goes from the person's programmes; served, it comes back."""
    market = Market(platform, {"R-2": 1})
    id_ = f"test-allowance-{uuid4().hex[:8]}"
    made = market.staff.post("/intake/programmes", json={"definition": allowance(id_)}, headers=key())
    assert made.status_code == 201, made.text
    person = market.apply("R-2").person
    citizen = platform.client("matching", "citizen", subject=person)

    def offered() -> bool:
        found = citizen.get(f"/matching/people/{person}/programmes")
        return found.status_code == 200 and id_ in [one["programme"] for one in found.json()["items"]]

    platform.until(offered, what="the programme among the person's")
    receiver = platform.client("intake", "staff", agency="dong-gu-hope")
    about = {"person": person, "to_agency": "dong-gu-hope", "need": "allowance", "programme": id_}
    sent = market.staff.post("/intake/referrals", json={**about, "basis": "public-duty"}, headers=key())
    assert sent.status_code == 201, sent.text
    path, version = f"/intake/referrals/{sent.json()['id']}", sent.json()["version"]
    for step, is_offered in (("receipt", True), ("acceptance", False), ("service", True)):
        done = receiver.post(f"{path}/{step}", json={}, headers=key() | {"If-Match": f'"{version}"'})
        assert done.is_success, done.text
        version = done.json()["version"]
        platform.until(lambda wanted=is_offered: offered() is wanted, what=f"the programme after {step}")


def test_the_birthday_opens_a_programme_without_anybody_doing_anything(platform: Platform) -> None:
    market = Market(platform, {"R-1": 1})
    id_ = f"test-allowance-{uuid4().hex[:8]}"
    made = market.staff.post("/intake/programmes", json={"definition": allowance(id_)}, headers=key())
    assert made.status_code == 201, made.text
    today = korean_date(datetime.fromisoformat(market.staff.get("/intake/development/clock").json()["now"]))
    birthday = today + timedelta(days=3)
    born = birthday.replace(year=birthday.year - 20)  # of two leap years, where it is on 29 February
    person = market.apply("R-1", birth_date=str(born)).person
    citizen = platform.client("matching", "citizen", subject=person)

    def item() -> Any:
        found = citizen.get(f"/matching/people/{person}/programmes")
        items = found.json()["items"] if found.status_code == 200 else []
        return next((one for one in items if one["programme"] == id_), None)

    def told() -> int:
        return len(platform.facts("matching-roadmaps", "roadmap.changed", person=person))

    before = platform.until(item, what="an answer of the programme")
    assert (before["state"], before["opens_on"]) == ("later", str(birthday))
    first = platform.until(told, what="the first roadmap")
    platform.advance(timedelta(days=3))
    platform.until(lambda: told() > first, what="another roadmap on the birthday")
    assert item()["state"] == "open"
    page = citizen.get(f"/matching/people/{person}/roadmap", headers={"Accept-Language": "ko"})
    assert "시험 수당" in page.text[page.text.index("지금 신청하실 수 있는 사업") :]
