"""From a visit at one window to a service at another: Namyangju's self-support and employment centres.

A client without a name yet is taken once at the front desk, named at the window, handed on; the voucher
referral is seen at the next window within a second, accepted, served, closed. Nothing tells of her need.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from ieum.common.testing.builders import key
from ieum.common.testing.outside import body

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from ieum.common.testing.outside import Fact
    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform

FIRST, NEXT, NEED = "namyangju-self-support", "namyangju-employment-centre", "training-voucher"
STORY = "공장이 문을 닫은 뒤로 수급자가 될까 걱정입니다."
NOTED = "내일배움카드 발급 절차를 함께 마쳤습니다."
TELLING = ("자활", "고용", "수급", "카드", "훈련", "self-support", "employment", NEED, "공장")
VISIT = ["visit.taken", "visit.identified", "visit.handed_on", "visit.ended"]
REFERRAL = ["referral.sent", "referral.received", "referral.accepted", "referral.served", "referral.closed"]


@dataclass
class Window:
    """The staff of one agency at its window."""

    client: httpx.Client

    def post(self, path: str, sent: Any = None, *, version: int | None = None) -> dict[str, Any]:
        """Ask for it, under a fresh key and the version that was read."""
        match = {"If-Match": f'"{version}"'} if version else {}
        answer = self.client.post(f"/intake/{path}", json=sent, headers=key() | match)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self.client.get(f"/intake/{path}", params=query)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def waiting(self, visit: str) -> dict[str, Any]:
        """Her part of the visit at this window."""
        return next(one for one in self.get("windows")["items"] if one["visit"] == visit)

    def served(self, visit: str, place: str, **done: Any) -> dict[str, Any]:
        """Call her, and serve her; gives what was called out."""
        one = self.waiting(visit)
        called = self.post(f"windows/{one['id']}/call", {"place": place}, version=one["version"])
        self.post(f"windows/{one['id']}/service", done, version=called["version"])
        found: dict[str, Any] = called["call"]
        return found

    @contextmanager
    def listening(self, path: str) -> Iterator[Iterator[dict[str, Any]]]:
        """The data of a stream's events from now on; the first, which says that it is open, is read."""
        with self.client.stream("GET", f"/intake/{path}") as answer:
            events = (
                json.loads(line.removeprefix("data: "))
                for line in answer.iter_lines()
                if line.startswith("data: ")
            )
            assert next(events) == {}
            yield events


@dataclass
class Journey:
    """What happened, and every text that she or others could see."""

    person: str
    email: str
    visit: str
    referral: str
    day: str
    texts: list[str]


@pytest.fixture(scope="module")
def windows(platform: Platform) -> tuple[Window, Window]:
    one, other = (platform.client("intake", "staff", agency=agency) for agency in (FIRST, NEXT))
    return Window(one), Window(other)


@pytest.fixture(scope="module")
def journey(platform: Platform, windows: tuple[Window, Window]) -> Journey:
    """The whole way, with the stream of the next window open while she is referred."""
    first, other = windows
    email = f"{uuid4().hex[:10]}@mail.ieum.test"
    visit = first.post("visits", {"agencies": [FIRST], "story": STORY, "district": "41360"})
    assert visit["person"] is None
    herself = {"name": "한가온", "birth_date": "1999-05-17", "email": email, "district": "41360"}
    person = first.post("people", herself)["id"]
    first.post(f"visits/{visit['id']}/person", {"person": person}, version=visit["version"])

    referral = {"person": person, "to_agency": NEXT, "need": NEED, "basis": "public-duty"}
    with other.listening("referrals/stream") as events:
        sent = first.post("referrals", referral)
        seen = next(events)
    assert (seen["number"], seen["fact"]) == (sent["number"], "sent")
    called = first.served(
        visit["id"], "1층 2번 창구", note={"text": "옆 창구로 안내했습니다."}, hand_on=[NEXT]
    )

    assert other.get(f"visits/{visit['id']}", reveal="상담 준비")["notes"][0]["note"] == STORY, "told once"
    after = other.post(f"referrals/{sent['id']}/receipt", version=sent["version"])
    soon = datetime.fromisoformat(visit["taken_at"]) + timedelta(hours=1)  # by the services' clock
    span = {"from_at": soon.isoformat(), "until_at": (soon + timedelta(hours=2)).isoformat()}
    ticket = {"place": "1층 5번 창구"} | span
    after = other.post(f"referrals/{sent['id']}/acceptance", {"ticket": ticket}, version=after["version"])
    called_again = other.served(visit["id"], "1층 5번 창구", note={"text": NOTED})
    after = other.post(f"referrals/{sent['id']}/service", version=after["version"])
    first.post(f"referrals/{sent['id']}/closure", version=after["version"])
    carried = platform.client("intake").get(f"/intake/tickets/{sent['number']}").json()
    shown = [visit["ticket"], called, called_again, carried]
    texts = [json.dumps(one, ensure_ascii=False) for one in shown]
    return Journey(person, email, visit["id"], sent["id"], visit["day"], texts)


def facts_of(platform: Platform, journey: Journey) -> list[Fact]:
    found = [*platform.facts("intake-contacts"), *platform.facts("intake-referrals")]
    mine = {journey.visit, journey.referral}
    return [fact for fact in found if fact.subject in mine or fact.data.get("part_of") == journey.visit]


def test_every_step_is_told_on_its_topic(platform: Platform, journey: Journey) -> None:
    """Taken, named, handed on, ended; sent to closed; and a contact at each window, the last one serving."""
    wanted = len(VISIT) + len(REFERRAL) + 2
    facts = platform.until(lambda: len(found := facts_of(platform, journey)) >= wanted and found)
    assert [fact.short_type for fact in facts if fact.subject == journey.visit] == VISIT
    assert [fact.short_type for fact in facts if fact.subject == journey.referral] == REFERRAL
    contacts = {fact.data["agency"]: fact.data for fact in facts if fact.short_type == "contact.recorded"}
    assert {agency: one["outcome"] for agency, one in contacts.items()} == {
        FIRST: "handed-on",
        NEXT: "served",
    }
    assert {one["person"] for one in contacts.values()} == {journey.person}
    assert all("case" in one["private"] for one in contacts.values()), "what was noted travels sealed"


def test_what_she_carries_hears_and_is_written_says_nothing_of_her_need(
    platform: Platform, journey: Journey
) -> None:
    letters = [body(mail) for mail in platform.mail(journey.email)]
    found = [(word, text) for text in [*journey.texts, *letters] for word in TELLING if word in text]
    assert found == []
    for clear in (STORY, NOTED):
        assert platform.traces(clear) == [], clear


def test_the_service_at_the_next_window_is_on_record_and_counted(
    windows: tuple[Window, Window], journey: Journey
) -> None:
    _, other = windows
    [record] = other.get("contacts", since=journey.day, person=journey.person)["items"]
    opened = other.get(f"contacts/{record['id']}", reveal="이어서 상담")
    assert [note["note"] for note in opened["notes"]] == [NOTED]
    counts = other.get("contacts/counts", since=journey.day, until=journey.day, kind="visit")
    assert {FIRST, NEXT} <= {one["agency"] for one in counts["totals"]}


def test_the_log_has_every_step(platform: Platform, journey: Journey) -> None:
    auditor = platform.client("audit", "auditor")
    for fact in facts_of(platform, journey):
        path = f"/audit/log/events/{fact.id}/proof"
        platform.until(lambda path=path: auditor.get(path).is_success, what=f"the proof of {fact.short_type}")
