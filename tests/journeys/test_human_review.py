"""One click asks for a human being: intake owes the answer, another official gives it, matching shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.testing.builders import AGENCY, Market, key

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform

ANSWER = {"outcome": "upheld", "reasons_ko": "경력 확인서를 다시 확인하여 점수를 바로잡았습니다."}


def test_a_click_becomes_an_appeal_that_another_official_decides(platform: Platform) -> None:
    market = Market(platform, {"V-1": 1})
    applicants = [market.apply("V-1"), market.apply("V-1")]
    market.wait_ranked(*applicants)
    market.clear()
    (told,) = platform.until(
        lambda: [
            fact
            for one in applicants
            for fact in platform.facts("matching-matches", "match.waitlisted", application=one.application)
        ]
    )
    application, person = told.data["application"], told.data["person"]
    citizen = platform.client("matching", "citizen", subject=person)

    def appeals() -> Any:
        """What the person sees, who clicks again to see it."""
        answer = citizen.post(f"/matching/applications/{application}/review")
        assert answer.status_code == 200, answer.text
        return answer.json()["appeals"]

    (asked,) = platform.until(appeals, what="the appeal that came of the click")
    assert asked["outcome"] is None
    official = platform.client("intake", "official", agency=AGENCY, subject="park", name="박서연 주무관")
    owed = [one["id"] for one in official.get("/intake/appeals").json()["items"]]
    assert asked["number"] in owed
    decided = official.post(f"/intake/appeals/{asked['number']}/decision", json=ANSWER, headers=key())
    assert decided.status_code == 201, decided.text
    platform.until(lambda: [one["outcome"] for one in appeals()] == ["upheld"], what="the answer")
    for topic, type_ in (
        ("matching-matches", "match.review_requested"),
        ("intake-applications", "appeal.filed"),
    ):
        facts = platform.facts(topic, type_, application=application)
        assert len(facts) == 1, "however often it is clicked"
