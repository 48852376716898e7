"""Follow-up steps: owed after the start and the end, done by who owes them, told of once when late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ieum.common.events.intake import ProgrammePublished
from ieum.common.events.programme import FollowUp, Text
from ieum.matching.placement.followups import jobs

from .facts import definition, event, firm, opening
from .test_placement_life import act, code, started, today
from .world import World

pytestmark = pytest.mark.servers


def step(id_: str, after: str, days: int, owner: str = "daegu-youth-centre") -> FollowUp:
    return FollowUp(id=id_, name=Text(ko="상담", en="Talk"), after=after, days=days, owner=owner)


async def place(matching: World) -> None:
    """a works at o1 of a programme with four steps."""
    steps = (
        step("talk", "started", 30), step("visit", "talk", 10), step("job", "completed", 90, "daegu-suseong"),
        step("early", "submitted", 1),
    )  # fmt: skip
    made = definition(policy="rolling").model_copy(update={"follow_up": steps})
    data = ProgrammePublished(
        programme=made.id, version=made.version, definition=made.model_dump(mode="json")
    )
    await matching.apply(event(data, made.id), firm("o1"), opening("o1"))
    await matching.applicant("a", "o1")
    await started(matching, "a")


async def owed(matching: World, agency: str = "daegu-youth-centre") -> list[dict[str, str]]:
    return list((await matching.get("/follow-ups", "staff", agency=agency)).json()["items"])


async def test_each_step_is_owed_after_what_it_follows_by_its_owner_until_its_day(matching: World) -> None:
    await place(matching)
    day = today(matching)
    await act(matching, "a", "start", on=str(day))  # again: nothing is owed twice
    [talk] = await owed(matching)
    assert (talk["step"], talk["due_on"]) == ("talk", str(day + timedelta(days=30)))
    path = f"/follow-ups/{talk['id']}/completion"
    assert code(await matching.post(path, "staff", agency="daegu-suseong")) == (404, "unknown-follow-up")
    matching.pass_days(20)
    for _ in range(2):
        assert (await matching.post(path, "staff")).json()["done_on"] == str(day + timedelta(days=20))
    [visit] = await owed(matching)
    assert (visit["step"], visit["due_on"]) == ("visit", str(day + timedelta(days=30)))
    await act(matching, "a", "completion", on=str(day + timedelta(days=19)))
    [job] = await owed(matching, "daegu-suseong")
    assert (job["step"], job["due_on"]) == ("job", str(day + timedelta(days=109)))


async def test_a_late_step_is_told_once_and_not_before_its_day_is_over(matching: World) -> None:
    await place(matching)
    matching.pass_days(30)
    assert await jobs.tell_overdue(matching.service) == 0
    matching.pass_days(1)
    assert await jobs.tell_overdue(matching.service) == 1
    assert await jobs.tell_overdue(matching.service) == 0
    [fact] = await matching.told("match.follow_up_overdue")
    assert (fact.data["step"], fact.data["owner"], fact.sequence) == ("talk", "daegu-youth-centre", 4)
    [one] = await owed(matching)
    assert one["overdue"]
    await matching.post(f"/follow-ups/{one['id']}/completion", "staff")
    assert [each["step"] for each in await owed(matching)] == ["visit"]


async def test_nothing_more_is_owed_after_a_place_was_left(matching: World) -> None:
    await place(matching)
    await act(matching, "a", "ending", on=str(today(matching)), reason="health")
    assert await owed(matching) == []
    matching.pass_days(40)
    assert await jobs.tell_overdue(matching.service) == 0
