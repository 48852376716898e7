"""A neighbour reports at night; the case is late, taken up, served, followed up, closed, and never nobody's.

Daegu's own steps (deploy/cities/daegu/case-steps.yaml), watched as others see them: the facts on Kafka,
and the status behind the neighbour's receipt code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.testing.builders import key

if TYPE_CHECKING:
    import httpx

    from ieum.common.testing.outside import Fact
    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform

AGENCY, DALSEO = "dalseo-gu-hope", "27290"
LEAD, WORKER = f"{AGENCY}-lead", "park"
NEIGHBOUR = {"name": "변학도", "phone": "010-5555-6666", "relation": "옆집"}
MEALS = {
    "service": "meal-delivery", "provider": "daegu-welfare-centre", "since": "2026-11-01",
    "until": "2026-11-30", "cost_won": 210_000,
}  # fmt: skip
STATES = [
    "case.reported", "case.overdue", "case.assessed", "case.planned", "case.service_provided",
    "case.monitored", "case.followed_up", "case.closed",
]  # fmt: skip
TO_PLAN = ("assess", "advance", "advance", "advance", "plan")


@dataclass
class Worked:
    """The case in the hands of its agency."""

    platform: Platform
    id: str
    receipt: str

    def client(self, by: str) -> httpx.Client:
        return self.platform.client("intake", "staff", agency=AGENCY, subject=by)

    def do(self, path: str, by: str = LEAD, **body: Any) -> dict[str, Any]:
        """Do it on the present version."""
        version = self.client(by).get(f"/intake/cases/{self.id}").headers["ETag"]
        answer = self.client(by).post(
            f"/intake/cases/{self.id}/{path}", json=body, headers=key() | {"If-Match": version}
        )
        assert answer.status_code == 201, f"{path} {body}: {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def facts(self) -> list[Fact]:
        return [fact for fact in self.platform.facts("intake-cases") if fact.subject == self.id]

    def status(self) -> str:
        """What the neighbour reads, without a name or a token."""
        answer = self.platform.client("intake").get(f"/intake/reports/{self.receipt}")
        return str(answer.json()["status"]["ko"])


@pytest.fixture(scope="module")
def case(platform: Platform) -> Worked:
    """What a neighbour told at two in the morning, after the numbers for danger to life were shown."""
    public = platform.client("intake")
    numbers = [each["number"] for each in public.get("/intake/reports/form").json()["emergency"]]
    assert {"119", "112", "109"} <= set(numbers)
    report = {
        "situation": "옆집에서 밤마다 우는 소리가 들립니다.", "district": DALSEO, "source": "neighbour",
        "address": "달서구 이음로 1", "reporter": NEIGHBOUR,
    }  # fmt: skip
    answer = public.post("/intake/reports", json=report, headers=key())
    assert answer.status_code == 201, answer.text
    told = platform.until(lambda: platform.facts("intake-cases", "case.reported", district=DALSEO))
    return Worked(platform, told[-1].subject, answer.json()["receipt"])


def test_from_a_report_at_night_to_a_closed_case_with_follow_up(platform: Platform, case: Worked) -> None:
    """Nobody takes it up for two days, so the lead hears of it; then it goes the whole way."""
    assert case.status() == "신고 접수"
    platform.advance(timedelta(days=3))
    platform.until(lambda: [fact for fact in case.facts() if fact.short_type == "case.overdue"])
    assert case.facts()[-1].data["owner"] == LEAD, "what is late is the lead's"
    case.do("owner", owner=WORKER)
    for to in TO_PLAN:
        case.do("steps", to=to)
    case.do("goals", by=WORKER, goal="하루 두 끼를 거르지 않습니다.", due_on="2099-06-30")
    case.do("notes", by=WORKER, topic="mental-health", text="밤마다 운다고 합니다.", readers=[])
    case.do("services", by=WORKER, **MEALS)
    assert case.status() == "서비스 제공 중"
    for by, to in ((WORKER, "advance"), (WORKER, "monitor"), (LEAD, "follow-up")):
        case.do("steps", by=by, to=to)
    assert case.status() == "사후지원 중"
    case.do("closing", reason="goals-met", words="목표를 모두 이루었습니다.")
    assert case.status() == "종결"

    platform.until(lambda: case.facts()[-1].short_type == "case.closed")
    facts = case.facts()
    assert [fact.short_type for fact in facts if fact.short_type in STATES] == STATES
    assert [int(fact.headers["sequence"]) for fact in facts] == list(range(1, len(facts) + 1))
    dropped = [fact for fact in facts[:-1] if not (fact.data["owner"] and fact.data["due_at"])]
    assert dropped == []
    [served] = [fact.data for fact in facts if fact.short_type == "case.service_provided"]
    assert MEALS.items() <= served.items()


def test_who_reported_and_what_was_said_left_intake_by_no_way(platform: Platform, case: Worked) -> None:
    for clear in (NEIGHBOUR["name"], "5555-6666", "55556666", "우는 소리", "밤마다 운다고", "이음로 1"):
        assert platform.traces(clear) == [], clear
    asked = {"reveal": "보복을 걱정하여 연락"}
    path = f"/intake/cases/{case.id}/reporter"
    assert case.client("choi").get(path, params=asked).status_code == 403, "a colleague is not told"
    assert case.client(LEAD).get(path, params=asked).json()["name"] == NEIGHBOUR["name"]


def test_the_log_has_every_step(platform: Platform, case: Worked) -> None:
    auditor = platform.client("audit", "auditor")
    for fact in case.facts():
        path = f"/audit/log/events/{fact.id}/proof"
        platform.until(lambda path=path: auditor.get(path).is_success, what=f"the proof of {fact.short_type}")
