"""Counselling sessions in the ten fields of Daegu's pack: planned, held, missed; who reads the notes."""

from __future__ import annotations

from typing import Any

import pytest

from .cases import Cases
from .contacts import CLEAR, HOPE, YOUTH, change, changed, kinds, ok
from .world import World, problem

pytestmark = pytest.mark.servers
PLANNED = {"planned_at": "2022-02-16T01:00:00Z", "planned_until": "2022-02-16T01:50:00Z"}
REAL = {"start": "2022-02-16T01:05:00Z", "end": "2022-02-16T01:45:00Z"}
NEXT = {"start": "2022-02-23T01:00:00Z", "end": "2022-02-23T01:50:00Z"}
LEE: dict[str, Any] = {"agency": YOUTH, "subject": "lee"}


async def plan(intake: World, person: str, **body: Any) -> Any:
    asked = {"person": person, "field": "debt", "counsellor": "lee"} | PLANNED | body
    return await intake.post("counselling/sessions", asked, agency=YOUTH)


async def planned(intake: World, person: str, **body: Any) -> dict[str, Any]:
    return await ok(await plan(intake, person, **body), 201)


async def notes_of(intake: World, session: str, subject: str) -> list[str]:
    answer = await intake.get(
        f"counselling/sessions/{session}", agency=YOUTH, subject=subject, params={"reveal": "상담 준비"}
    )
    return [note["note"] for note in (await ok(answer))["notes"]]


async def test_the_ten_fields_are_data_of_the_city(intake: World) -> None:
    items = (await ok(await intake.get("counselling/fields", agency=YOUTH)))["items"]
    assert [one["name"]["ko"] for one in items] == [
        "진로", "취업", "창업", "심리", "부채", "주거", "노동", "법률", "관계", "건강",
    ]  # fmt: skip
    assert {one["id"] for one in items if one["restricted"]} == {"psychology", "relationships", "health"}
    assert problem(await plan(intake, await intake.person(), field="magic")) == (422, "field-unknown")


async def test_a_session_is_held_counted_and_followed_by_the_next(intake: World) -> None:
    person = await intake.person()
    session = await planned(intake, person)
    path = f"counselling/sessions/{session['id']}"
    moved = {**PLANNED, "planned_at": "2022-02-16T00:55:00Z"}
    await changed(intake, f"{path}/schedule", moved, version=1, **LEE)
    intake.advance(days=1)
    result = {
        "outcome": "goes-on",
        "real": REAL,
        "note": {"text": "상환 계획을 함께 세웠습니다."},
        "next": NEXT,
    }
    done = await changed(intake, f"{path}/result", result, version=2, **LEE)
    assert (done["state"], done["started_at"]) == ("done", REAL["start"])
    query = {"since": "2022-02-23"}
    [following] = (await ok(await intake.get("counselling/sessions", agency=YOUTH, params=query)))["items"]
    assert (following["follows"], following["counsellor"]) == (session["id"], "lee")
    assert await kinds(intake) == [
        "counselling.planned",
        "counselling.changed",
        "contact.recorded",
        "counselling.planned",
    ]
    told = await intake.told("intake-contacts")
    assert [one["field"] for one in told] == ["debt"] * 4
    assert "case" in told[2]["private"]
    assert await notes_of(intake, session["id"], "park") == ["상환 계획을 함께 세웠습니다."]
    again = await change(intake, f"{path}/result", result, version=3, **LEE)
    assert problem(again) == (409, "session-transition")


async def test_notes_on_health_are_read_by_those_named_and_the_field_is_not_told(intake: World) -> None:
    """In a restricted field by itself; in any other where the writer names a topic."""
    person = await intake.person()
    mind = await planned(intake, person, field="psychology")
    debt = await planned(intake, person, counsellor="park")
    intake.advance(days=1)
    words = {"outcome": "settled", "real": REAL, "note": {"text": "손목을 다쳤다고 하십니다."}}
    await changed(intake, f"counselling/sessions/{mind['id']}/result", words, version=1, **LEE)
    named = words | {"note": words["note"] | {"topic": "violence", "readers": ["choi"]}}  # type: ignore[operator]
    await changed(intake, f"counselling/sessions/{debt['id']}/result", named, version=1, **LEE)
    for session, readers in ((mind, {"lee"}), (debt, {"lee", "choi"})):
        seen = {who for who in ("lee", "choi", "kim") if await notes_of(intake, session["id"], who)}
        assert seen == readers
    later = {"note": {"text": "손목을 다쳤다는 말씀을 다시 하셨습니다."}}
    await ok(await intake.patch(f"contacts/{mind['id']}", later, version=1, **LEE))
    assert len(await notes_of(intake, mind["id"], "lee")) == 2
    assert await notes_of(intake, mind["id"], "kim") == [], "what is added is restricted as well"
    told = [one for one in await intake.told("intake-contacts") if one.get("kind")]
    assert [(one["field"], one.get("private", {})) for one in told] == [(None, {}), ("debt", {})]
    dump = await intake.dump()
    assert [clear for clear in CLEAR if clear in dump] == []


async def test_a_session_belongs_to_an_application_an_opening_a_case_or_stands_alone(intake: World) -> None:
    openings = await intake.market("A-1")
    person = await intake.person()
    application = (await intake.apply(person, ["A-1"])).json()["id"]
    ahead = {"counsellor": "choi"}
    assert (await planned(intake, person, application=application))["application"] == application
    assert (await planned(intake, person, opening=openings["A-1"], **ahead))["opening"] == openings["A-1"]
    case = (await Cases(intake).begun())["id"]
    body = {"person": person, "field": "housing", "counsellor": "lee", "case": case} | PLANNED
    assert (await ok(await intake.post("counselling/sessions", body, agency=HOPE), 201))["case"] == case
    assert problem(await plan(intake, person, case=case)) == (404, "case-unknown"), "another agency's case"
    both = await plan(intake, person, application=application, opening=openings["A-1"])
    assert problem(both) == (422, "session-of-one")


async def test_a_counsellor_is_in_one_place_at_a_time(intake: World) -> None:
    person = await intake.person()
    first = await planned(intake, person)
    assert problem(await plan(intake, person)) == (409, "counsellor-busy")
    after = {"planned_at": PLANNED["planned_until"], "planned_until": "2022-02-16T03:00:00Z"}
    await planned(intake, person, **after)
    await changed(intake, f"counselling/sessions/{first['id']}/cancellation", version=1, **LEE)
    await planned(intake, person)


async def test_who_does_not_come_is_noted_after_the_time_and_without_real_times(intake: World) -> None:
    session = await planned(intake, await intake.person())
    path = f"counselling/sessions/{session['id']}/result"
    assert problem(await change(intake, path, {"outcome": "no-show"}, version=1, **LEE)) == (
        409,
        "session-ahead",
    )
    intake.advance(days=1)
    wrong = {"outcome": "no-show", "real": REAL}
    assert problem(await change(intake, path, wrong, version=1, **LEE)) == (422, "session-real-times")
    await changed(intake, path, {"outcome": "no-show"}, version=1, **LEE)
    assert (await intake.told("intake-contacts"))[-1]["outcome"] == "no-show"
    past = await plan(intake, await intake.person(name="김철수"))
    assert problem(past) == (422, "session-times")
