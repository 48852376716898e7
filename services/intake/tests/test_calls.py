"""Calls keep to what a person said of how they may be reached; what came of them is a contact."""

from __future__ import annotations

from typing import Any

import pytest

from .contacts import HOPE, YOUTH, change, changed, ok
from .world import World, problem

pytestmark = pytest.mark.servers
NEVER = "010-0123-4567"  # Hong's own, which somebody else answers
NIGHT = {"start": "22:00", "end": "12:30"}


async def begun(intake: World, person: str, **body: Any) -> dict[str, Any]:
    asked = {"person": person, "direction": "out"} | body
    return await ok(await intake.post("calls", asked, agency=HOPE), 201)


async def test_a_number_that_is_never_to_be_called_is_refused_before_the_call(intake: World) -> None:
    person = await intake.person(safe_contact={"never": [NEVER], "neutral": True})
    for body in ({}, {"number": "+82 10-0123-4567"}):
        answer = await intake.post("calls", {"person": person, "direction": "out"} | body, agency=HOPE)
        assert problem(answer) == (409, "call-never")
    other = await begun(intake, person, number="053-755-1234")
    assert other["neutral"], "whoever calls is told to say no word of what it is about"
    assert (await begun(intake, person, direction="in"))["state"] == "begun", "who calls us may"
    assert "0537551234" not in (dump := await intake.dump())
    assert "537551234" not in dump


async def test_hours_without_contact_are_kept_now_and_for_the_call_back(intake: World) -> None:
    """It is 12:00 in Korea, and until 12:30 nobody is to call; at 13:00 they may."""
    person = await intake.person(safe_contact={"not_at": [NIGHT]})
    answer = await intake.post("calls", {"person": person, "direction": "out"}, agency=HOPE)
    assert problem(answer) == (409, "call-hours")
    intake.advance(hours=1)
    call = await begun(intake, person)
    path = f"calls/{call['id']}/result"
    at_night = {"outcome": "call-back", "call_back_at": "2022-02-15T14:00:00Z"}
    assert problem(await change(intake, path, at_night, version=1)) == (409, "call-hours")
    await changed(intake, path, at_night | {"call_back_at": "2022-02-16T05:00:00Z"}, version=1)
    assert (await ok(await intake.get("calls", agency=HOPE)))["items"] == []
    intake.advance(hours=24)
    assert [one["id"] for one in (await ok(await intake.get("calls", agency=HOPE)))["items"]] == [call["id"]]
    await begun(intake, person)
    assert (await ok(await intake.get("calls", agency=HOPE)))["items"] == [], "called again since"


@pytest.mark.parametrize("outcome", ["answered", "no-answer", "wrong-number"])
async def test_what_came_of_a_call_is_recorded_once_with_a_sealed_note(intake: World, outcome: str) -> None:
    person = await intake.person()
    call = await begun(intake, person)
    path = f"calls/{call['id']}/result"
    early = await change(
        intake, path, {"outcome": outcome, "call_back_at": "2022-02-16T05:00:00Z"}, version=1
    )
    assert problem(early) == (422, "call-back-at")
    done = await changed(
        intake, path, {"outcome": outcome, "note": {"text": "문을 두드렸습니다."}}, version=1
    )
    assert (done["state"], done["by"]) == ("done", "kim")
    assert problem(await change(intake, path, {"outcome": outcome}, version=2)) == (409, "call-transition")
    [told] = await intake.told("intake-contacts")
    assert (told["kind"], told["outcome"], told["direction"]) == ("call", outcome, "out")
    assert "case" in told["private"]
    shown = await ok(
        await intake.get(f"contacts/{call['id']}", agency=HOPE, params={"reveal": "이어서 상담"})
    )
    assert [note["note"] for note in shown["notes"]] == ["문을 두드렸습니다."]
    assert problem(await intake.get(f"calls/{call['id']}", agency=YOUTH)) == (404, "call-unknown")
