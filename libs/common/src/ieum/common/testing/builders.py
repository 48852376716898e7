"""A small market over HTTP: a programme that is open today, a workplace, its openings, and applicants.

Everything has its own names, so that tests which share a platform do not meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ieum.common.events.programme_file import load_programme
from ieum.common.testing.platform import CITIES

if TYPE_CHECKING:
    import httpx

    from ieum.common.testing.platform import Platform

AGENCY = "daegu-youth-centre"
OFFICIAL = "김서연 주무관"
CREATED = 201
_CITY = "daegu"


def key() -> dict[str, str]:
    """Headers with a fresh Idempotency-Key."""
    return {"Idempotency-Key": str(uuid4())}


@dataclass(frozen=True)
class Applicant:
    """Somebody who applied, with the address at which they are told."""

    person: str
    application: str
    email: str


class Market:
    """A programme of its own with openings at one workplace; `openings` by code."""

    def __init__(self, platform: Platform, places: dict[str, int]) -> None:
        """Publish a programme and an opening with so many places for each code."""
        mark = uuid4().hex[:8]
        self.platform = platform
        self.programme = f"test-matching-{mark}"
        self.staff = platform.client("intake", "staff", agency=AGENCY)
        self.workplace_email = f"firm-{mark}@mail.ieum.test"
        _made(self.staff, "/intake/programmes", {"definition": _definition(self.programme)})
        firm = {"name": f"시험공방 {mark}", "roles": ["workplace"], "district": "27140"}
        self.workplace = _made(self.staff, "/intake/organisations", {**firm, "email": self.workplace_email})
        self.openings = {code: self._open(code, capacity) for code, capacity in places.items()}

    def _open(self, code: str, capacity: int) -> str:
        opening = {
            "programme": self.programme,
            "organisation": self.workplace,
            "code": code,
            "title": f"{code} 일경험",
            "capacity": capacity,
            "district": "27140",
            "field": "정보통신",
            "skills": ["파이썬"],
            "wage_hourly_won": 12_000,
            "hours_per_week": 40,
            "months": 12,
            "contract": "기간제 근로계약",
        }
        return _made(self.staff, "/intake/openings", opening)

    def person(self, **changes: Any) -> dict[str, Any]:
        """The body that registers somebody who may apply; `changes` replace fields of it."""
        mark = uuid4().hex[:10]
        return {
            "name": "홍길동",
            "birth_date": "1998-03-05",
            "email": f"{mark}@mail.ieum.test",
            "district": "27140",
            "employment": "unemployed",
            "skills": ["파이썬"],
            "fields": ["정보통신"],
            **changes,
        }

    def apply(self, *choices: str, **changes: Any) -> Applicant:
        """Register somebody who applies with these choices, by codes."""
        body = self.person(**changes)
        person = _made(self.staff, "/intake/people", body)
        application = {"person": person, "programme": self.programme, "choices": list(choices)}
        return Applicant(person, _made(self.staff, "/intake/applications", application), body["email"])

    def wait_ranked(self, *applicants: Applicant) -> None:
        """Wait until each has a match event on Kafka."""
        wanted = {each.application for each in applicants}
        self.platform.until(
            lambda: (
                wanted <= {fact.subject for fact in self.platform.facts("matching-matches", "match.ranked")}
            ),
            what="a match event for each application",
        )

    def clear(self) -> str:
        """Open a round, compute it and confirm it as a named official; gives its id."""
        official = self.platform.client("matching", "official", agency="daegu-youth-policy", name=OFFICIAL)
        round_ = _made(official, "/matching/rounds", {"programme": self.programme})
        for step in ("closing", "computation", "confirmation"):
            official.post(f"/matching/rounds/{round_}/{step}").raise_for_status()
        return round_


def _made(client: httpx.Client, path: str, body: dict[str, Any]) -> str:
    answer = client.post(path, json=body, headers=key())
    assert answer.status_code == CREATED, f"{path}: {answer.status_code} {answer.text}"
    return str(answer.json()["id"])


def _definition(id_: str) -> dict[str, Any]:
    """The pack's newest placement with a wage, open for as long as any test moves the clock."""
    files = sorted((CITIES / _CITY / "programmes").glob("*.yaml"))
    placements = [
        one for one in map(load_programme, files) if one.kind == "placement" and one.opening.minimum_wage
    ]
    found = max(placements, key=lambda one: one.year).model_dump(mode="json")
    period = {"opens": "2022-01-01", "closes": "2099-12-31"}
    return {**found, "id": id_, "year": 2026, "period": period}
