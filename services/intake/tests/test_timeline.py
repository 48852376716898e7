"""A person's timeline over HTTP, filled by the features themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest

from ieum.common.events.intake_appeals import Outcome
from ieum.common.events.intake_contacts import ContactKind
from ieum.common.events.matching import MatchProposed, MatchRanked
from ieum.intake.applications.consumers import on_matches
from ieum.intake.applications.domain import _STATUS, WITHDRAWN
from ieum.intake.cases.domain import COMMANDS
from ieum.intake.referrals.domain import Done
from ieum.intake.timeline import domain

from .contacts import HOPE, YOUTH, changed, ok, served, taken
from .world import OPEN_DAY, World, problem

pytestmark = pytest.mark.servers
HOUR = timedelta(hours=1)


async def test_all_that_happened_is_told_newest_first_without_a_word_that_was_written(intake: World) -> None:
    made = await intake.market("Y22-001")
    person = (await intake.post("people", _hong(), role="citizen", subject="c-1")).json()["id"]
    intake.advance(minutes=1)
    changed = await intake.patch(
        f"people/{person}", {"email": "other@mail.ieum.test"}, version=1, role="citizen", subject="c-1"
    )
    assert changed.status_code == 200, changed.text
    intake.advance(minutes=1)
    terms = {
        "purpose": "referral",
        "recipients": ["daegu-youth-centre"],
        "fields": ["name"],
        "until": "2022-12-31",
    }
    given = await intake.post(f"people/{person}/consents", terms, role="citizen", subject="c-1")
    assert given.status_code == 201, given.text
    intake.advance(minutes=1)
    words = {"answers": {"동기": "아무에게도 말하지 않은 이야기"}}
    application = (await intake.apply(person, ["Y22-001"], body=words)).json()["id"]
    intake.advance(minutes=1)
    about: dict[str, Any] = {"application": application, "person": person, "programme": "yes-matching-2022"}
    ranked = MatchRanked(**about, eligible=True)
    await intake.consume(on_matches, ranked, topic="matching-matches")
    intake.advance(minutes=1)
    await intake.post(f"applications/{application}/withdrawal", role="citizen", subject="c-1")
    answer = await intake.get(f"people/{person}/timeline", role="citizen", subject="c-1")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert [one["kind"] for one in items] == [
        "application-withdrawn", "application-ranked", "application-submitted", "consent-given", "changed",
        "registered",
    ]  # fmt: skip
    assert sorted((one["at"] for one in items), reverse=True) == [one["at"] for one in items]
    assert items[2]["id"] == application
    assert items[2]["title"] == {"ko": "신청 접수", "en": "Application submitted"}
    assert "YES" in items[2]["about"]["ko"] or "예스" in items[2]["about"]["ko"]
    assert answer.json()["next"] is None
    assert "아무에게도" not in answer.text
    assert made["Y22-001"] not in answer.text


async def test_pages_are_whole_and_do_not_overlap(intake: World) -> None:
    """Many of one moment: the order among them is by kind and id, and a cursor stands between them."""
    made = await intake.market("Y22-001")
    person = await intake.person()
    application = (await intake.apply(person, ["Y22-001"])).json()["id"]
    about: dict[str, Any] = {"application": application, "person": person, "programme": "yes-matching-2022"}
    proposed = [MatchProposed(**about, **_proposal(made["Y22-001"])) for _ in range(7)]
    await intake.consume(on_matches, *proposed, topic="matching-matches")
    whole = (await intake.get(f"people/{person}/timeline", params={"limit": 1000})).json()["items"]
    assert len(whole) == 9
    pieces: list[Any] = []
    after: dict[str, str] = {}
    for _ in range(3):
        page = (await intake.get(f"people/{person}/timeline", params={"limit": 4, **after})).json()
        pieces += page["items"]
        after = {"after": page["next"]}
    assert pieces == whole
    assert page["next"] is None
    assert problem(await intake.get(f"people/{person}/timeline", params={"after": "x"})) == (
        422, "invalid-request",
    )  # fmt: skip


async def test_contacts_of_every_kind_are_told_to_who_had_them(intake: World) -> None:
    """A visit to two windows, a call, a session and an outreach visit; another agency's are not shown."""
    person = await intake.person()
    visit = await taken(intake, HOPE, YOUTH, person=person)
    await served(intake, HOPE, visit["number"], note={"text": "상환 계획을 들으셨습니다."})
    await served(intake, YOUTH, visit["number"])
    intake.advance(minutes=1)
    call = await ok(await intake.post("calls", {"person": person, "direction": "in"}, agency=HOPE), 201)
    await changed(intake, f"calls/{call['id']}/result", {"outcome": "answered"}, version=1)
    plan = {
        "person": person, "field": "debt", "counsellor": "kim", "planned_at": (OPEN_DAY + HOUR).isoformat(),
        "planned_until": (OPEN_DAY + 2 * HOUR).isoformat(),
    }  # fmt: skip
    session = await ok(await intake.post("counselling/sessions", plan, agency=HOPE), 201)
    route = {"worker": "kim", "day": "2022-02-15", "stops": [{"person": person}]}
    [stop] = (await ok(await intake.post("outreach/routes", route, agency=HOPE), 201))["stops"]
    intake.advance(hours=2)
    held = {"outcome": "settled", "real": {"start": plan["planned_at"], "end": plan["planned_until"]}}
    await changed(intake, f"counselling/sessions/{session['id']}/result", held, version=1)
    came = {"outcome": "talked", "at": intake.clock.now().isoformat()}
    await ok(await intake.post(f"outreach/stops/{stop['id']}/result", came, agency=HOPE), 201)
    answer = await intake.get(f"people/{person}/timeline", agency=HOPE)
    items = answer.json()["items"]
    assert sorted(one["kind"] for one in items if one["kind"].startswith("contact-")) == [
        "contact-call", "contact-counselling", "contact-outreach", "contact-visit",
    ]  # fmt: skip
    assert {"ko": "창구 방문", "en": "Visit to a window"} in [one["title"] for one in items]
    assert "상환" not in answer.text
    theirs = (await intake.get(f"people/{person}/timeline", agency=YOUTH)).json()["items"]
    assert {one["kind"] for one in theirs} == {"contact-visit", "registered"}


async def test_when_somebody_changed_what_is_forgotten_with_them(intake: World) -> None:
    person = await intake.person()
    changed_ = await intake.patch(f"people/{person}", {"email": "other@mail.ieum.test"}, version=1)
    assert changed_.status_code == 200, changed_.text
    assert len(await intake.fetch("select 1 from person_change")) == 1
    assert (await intake.post(f"people/{person}/erasure")).status_code == 201
    assert await intake.fetch("select 1 from person_change") == []


async def test_nobody_sees_another_s_timeline(intake: World) -> None:
    person = (await intake.post("people", _hong(), role="citizen", subject="c-1")).json()["id"]
    path = f"people/{person}/timeline"
    assert problem(await intake.get(path, role="citizen", subject="c-2")) == (404, "person-unknown")
    assert problem(await intake.get(path, role="workplace")) == (403, "forbidden")
    assert problem(await intake.get(path)) == (403, "not-entitled")
    own = await intake.get(path, role="citizen", subject="c-1")
    assert own.status_code == 200


def test_every_kind_has_a_title_in_both_languages() -> None:
    kinds = {f"application-{status}" for status in (*_STATUS.values(), "submitted", "ineligible", WITHDRAWN)}
    kinds |= {f"appeal-{outcome}" for outcome in get_args(Outcome)} | {
        f"referral-{d}" for d in get_args(Done)
    }
    kinds |= {f"case-{command}" for command in (*COMMANDS, "report", "overdue", "handover")}
    kinds |= {f"contact-{kind}" for kind in get_args(ContactKind)}
    assert kinds <= domain.TITLES.keys()
    assert all(ko and en for ko, en in domain.TITLES.values())


def _hong() -> dict[str, Any]:
    return {
        "name": "홍길순", "birth_date": "1997-03-05", "phone": "010-0333-0001", "email": "h@mail.ieum.test",
        "district": "27290",
    }  # fmt: skip


def _proposal(opening: str) -> dict[str, Any]:
    return {"opening": opening, "organisation": uuid4(), "rank": 1, "answer_by": OPEN_DAY}
