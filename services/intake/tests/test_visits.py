"""A visit is taken once and handed on; each window has its queue; nothing outside says what it is about."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.contacts.visits import jobs
from ieum.intake.neutral import is_telling

from .conftest import Prepared
from .contacts import CLEAR, FRONT, HOPE, MIND, STORY, YOUTH, change, changed, kinds, ok, queue, seen, served
from .contacts import taken as take
from .contacts import window as window_of
from .world import HONG, World, empty, problem, world

pytestmark = pytest.mark.servers


async def test_a_visit_is_taken_once_and_handed_on_until_all_windows_are_done(intake: World) -> None:
    """Two windows, a third by the second's hand: each sees its own part; facts are in order."""
    person = await intake.person()
    visit = await take(intake, HOPE, YOUTH, person=person, story=STORY)
    assert (visit["number"], visit["state"]) == ("001", "open")
    assert [one["position"] for one in await queue(intake, HOPE)] == [1]
    await served(intake, HOPE, "001", note={"text": "손목을 다쳤다고 하십니다."})
    assert (await seen(intake, visit["id"]))["state"] == "open"
    last = await served(intake, YOUTH, "001", hand_on=[MIND])
    assert last["state"] == "served"
    assert len((await seen(intake, visit["id"], agency=MIND))["windows"]) == 1, "a window sees its own part"
    await served(intake, MIND, "001")
    ended = await seen(intake, visit["id"])
    assert (ended["state"], ended["served"], ended["left"], len(ended["windows"])) == ("ended", 3, 0, 3)
    assert await kinds(intake) == [
        "visit.taken", "contact.recorded", "visit.handed_on", "contact.recorded", "contact.recorded",
        "visit.ended",
    ]  # fmt: skip
    outcomes = [one["outcome"] for one in await intake.told("intake-contacts") if "outcome" in one]
    assert outcomes == ["served", "handed-on", "served"]
    again = await change(
        intake, f"visits/{visit['id']}/windows", {"agencies": [HOPE]}, version=ended["version"], agency=FRONT
    )
    assert problem(again) == (409, "visit-ended")


async def test_number_and_texts_say_nothing_of_what_it_is_about(intake: World) -> None:
    """What the visitor carries, hears and sees; and a place that would tell is refused."""
    visit = await take(intake, HOPE, story=STORY)
    one = await window_of(intake, HOPE, visit["number"])
    telling = await change(intake, f"windows/{one['id']}/call", {"place": "복지 창구"}, version=1)
    assert problem(telling) == (422, "place-telling")
    called = await changed(intake, f"windows/{one['id']}/call", {"place": "2층 3번 창구"}, version=1)
    shown = [*visit["ticket"].values(), *called["call"].values(), visit["number"]]
    assert called["call"]["ko"] == "001번 손님, 2층 3번 창구(으)로 오십시오."
    assert [text for text in shown if is_telling(text)] == []
    told = json.dumps(await intake.told("intake-contacts"), ensure_ascii=False)
    assert [clear for clear in CLEAR if clear in told] == []


async def test_the_story_is_told_once_and_read_by_the_windows_it_was_handed_to(intake: World) -> None:
    visit = await take(intake, HOPE, story=STORY, district="27290")
    path = f"visits/{visit['id']}"
    assert problem(await intake.get(path, agency=MIND, params={"reveal": "상담 준비"})) == (
        404,
        "visit-unknown",
    )
    await changed(intake, f"{path}/windows", {"agencies": [MIND]}, version=1, status=201, agency=HOPE)
    for agency in (FRONT, HOPE, MIND):
        opened = await seen(intake, visit["id"], agency=agency, reveal="상담 준비")
        assert [note["note"] for note in opened["notes"]] == [STORY]
    told = await intake.told("intake-access")
    assert [one["agency"] for one in told] == [FRONT, HOPE, MIND]
    dump = await intake.dump()
    assert [clear for clear in CLEAR if clear in dump] == []


async def test_a_newcomer_without_a_name_is_served_and_becomes_a_person_everywhere(intake: World) -> None:
    """Named at the second window: notes of the first and of the front desk lie under that person's keys."""
    visit = await take(intake, HOPE, YOUTH, story=STORY)
    await served(intake, HOPE, "001", note={"text": "손목을 다쳤다고 하십니다."})
    person = await intake.person()
    version = (await seen(intake, visit["id"], agency=YOUTH))["version"]
    named = await changed(
        intake, f"visits/{visit['id']}/person", {"person": person}, version=version, agency=YOUTH
    )
    assert named["person"] == person
    rows = await intake.fetch("select person::text, state from visit_window")
    assert {row["person"] for row in rows} == {person}
    assert {str(row["person"]) for row in await intake.fetch("select person from contact_note")} == {person}
    assert {str(row["person"]) for row in await intake.fetch("select person from contact")} == {person}
    assert await intake.fetch("select 1 from person_key where person = $1", visit["id"]) == []
    opened = await seen(intake, visit["id"], reveal="상담 준비")
    assert [note["note"] for note in opened["notes"]] == [STORY]
    told = (await kinds(intake))[-2:]
    assert told == ["contact.changed", "visit.identified"]
    twice = await change(
        intake, f"visits/{visit['id']}/person", {"person": person}, version=version + 1, agency=YOUTH
    )
    assert problem(twice) == (409, "visit-identified")


async def test_who_does_not_come_goes_to_the_end_and_who_goes_home_ends_the_visit(intake: World) -> None:
    for _ in range(3):
        await take(intake, HOPE)
    first = await window_of(intake, HOPE, "001")
    called = await changed(intake, f"windows/{first['id']}/call", {}, version=1)
    intake.advance(minutes=5)
    await changed(intake, f"windows/{first['id']}/put-back", version=called["version"])
    assert [(one["number"], one["position"]) for one in await queue(intake, HOPE)] == [
        ("002", 1), ("003", 2), ("001", 3),
    ]  # fmt: skip
    gone = await change(intake, f"visits/{first['visit']}/departure", version=1, agency=HOPE)
    assert problem(gone) == (404, "visit-unknown"), "only the front desk sees all windows"
    ended = await changed(intake, f"visits/{first['visit']}/departure", version=1, agency=FRONT)
    assert (ended["state"], ended["left"]) == ("ended", 1)
    assert len(await queue(intake, HOPE)) == 2


async def test_what_is_left_open_overnight_ends_and_numbers_begin_anew(intake: World) -> None:
    await take(intake, HOPE, YOUTH)
    assert await jobs.end_stale(intake.service) == 0
    intake.advance(days=1)
    assert await jobs.end_stale(intake.service) == 1
    assert await queue(intake, HOPE) == []
    assert (await take(intake, HOPE))["number"] == "001"
    assert (await kinds(intake)).count("visit.ended") == 1


async def test_stale_foreign_and_double_moves_are_refused(intake: World) -> None:
    visit = await take(intake, HOPE, YOUTH)
    one = await window_of(intake, HOPE, "001")
    path = f"windows/{one['id']}"
    assert problem(await change(intake, f"{path}/call", {}, version=None)) == (428, "if-match-missing")
    assert problem(await change(intake, f"{path}/call", {}, version=9)) == (412, "stale")
    assert problem(await change(intake, f"{path}/service", {}, version=1)) == (409, "window-transition")
    assert problem(await change(intake, f"{path}/call", {}, version=1, agency=YOUTH)) == (
        404,
        "window-unknown",
    )
    assert problem(await change(intake, f"{path}/call", {}, version=1, agency=FRONT)) == (
        403,
        "window-of-others",
    )
    double = await change(intake, f"visits/{visit['id']}/windows", {"agencies": [YOUTH]}, version=1)
    assert problem(double) == (409, "window-open")
    unknown = await intake.post("visits", {"agencies": ["nowhere"]}, agency=FRONT)
    assert problem(unknown) == (422, "agency-unknown")


async def test_an_agency_sees_its_own_windows_alone_in_the_database_itself(intake: World) -> None:
    """What row-level security alone lets through; and the one look-up of whom an agency had before it."""
    person = await intake.person()
    await take(intake, HOPE, person=person, story=STORY)
    await take(intake, YOUTH)
    counts: dict[str | None, tuple[int, ...]] = {}
    for agency in (FRONT, HOPE, YOUTH, MIND, None):
        actor = Actor("staff", "kim", agency, frozenset({"staff"}))
        async with intake.service.database.unit_of_work(actor, purposes.INTAKE) as tx:
            found = [
                await tx.fetch(f"select 1 from {table}")
                for table in ("visit", "visit_window", "contact_note")
            ]
            counts[agency] = tuple(map(len, found))
    assert counts == {FRONT: (2, 2, 1), HOPE: (1, 1, 1), YOUTH: (1, 1, 0), MIND: (0, 0, 0), None: (0, 0, 0)}
    plan = await intake.fetch("select indexdef from pg_indexes where indexname = 'visit_window_entitles'")
    assert "(agency, at) INCLUDE (person)" in plan[0]["indexdef"]


async def test_namyangjus_windows_take_one_visit_and_the_voucher_referral(prepared: Prepared) -> None:
    """On its own pack: welfare's front desk, self-support, then employment; each counts its own."""
    front, first, other = "city-welfare", "self-support-centre", "employment-centre"
    async with world(prepared.dsn, prepared.secrets, prepared.prefix, city="namyangju") as intake:
        await empty(intake.admin_dsn)
        person = await ok(await intake.post("people", HONG | {"district": "41360"}, agency=front), 201)
        visit = await take(intake, first, front=front, person=person["id"], story=STORY)
        await served(intake, first, "001", hand_on=[other])
        asked = {
            "person": person["id"],
            "to_agency": other,
            "need": "training-voucher",
            "basis": "public-duty",
        }
        await ok(await intake.post("referrals", asked, agency=first), 201)
        await served(intake, other, "001")
        assert (await seen(intake, visit["id"], agency=front))["state"] == "ended"
        span = {"since": "2022-01-01", "until": "2022-12-31", "by": "year"}
        totals = (await ok(await intake.get("contacts/counts", agency=front, params=span)))["totals"]
        assert {one["agency"]: one["count"] for one in totals} == {first: 1, other: 1}


async def test_numbers_are_given_once_however_many_are_taken_at_once(intake: World) -> None:
    made = await asyncio.gather(*(take(intake, HOPE) for _ in range(8)))
    assert sorted(one["number"] for one in made) == [f"{n:03}" for n in range(1, 9)]
    key: dict[str, Any] = {"agency": FRONT, "key": "once"}
    first, second = [
        await ok(await intake.post("visits", {"agencies": [HOPE]}, **key), 201) for _ in range(2)
    ]
    assert first["id"] == second["id"]
