"""Weekly reports: written by one side, confirmed by the other, corrected by versions, reminded of once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from ieum.matching.placement.reports import jobs
from ieum.matching.placement.reports.domain import due_on, monday

from .facts import PROGRAMME, erased, uid
from .test_placement_life import act, code, rolling, started, today
from .world import World

pytestmark = pytest.mark.servers

DONE = "전시 도록을 편집하고 교정했습니다"
FIRM = str(uid("firm o1"))


def test_a_week_is_due_on_the_wednesday_after_it() -> None:
    assert monday(date(2022, 4, 10)) == date(2022, 4, 4)  # a Sunday
    assert monday(date(2022, 4, 4)) == date(2022, 4, 4)
    assert due_on(date(2022, 4, 4)) == date(2022, 4, 13)


async def worker(matching: World) -> date:
    """a works at o1 from a Monday on; gives that day, a fortnight ago."""
    await rolling(matching, {"o1": 1})
    matching.pass_days(7 - today(matching).weekday())
    await matching.applicant("a", "o1")
    first = today(matching)
    await started(matching, "a")
    matching.pass_days(14)
    return first


async def write(matching: World, week: date, role: str = "citizen", **body: Any) -> httpx.Response:
    who = {"subject": str(uid("a"))} if role == "citizen" else {"agency": FIRM}
    plain = {"week": str(week), "hours": 38, "days_present": 5, "days_absent": 0, "text": DONE}
    return await matching.post(
        f"/matches/{await matching.match_of('a')}/reports", role, {**plain, **body}, **who
    )


async def confirm(matching: World, week: date, version: int, role: str) -> httpx.Response:
    who = {"subject": str(uid("a"))} if role == "citizen" else {"agency": FIRM}
    path = f"/matches/{await matching.match_of('a')}/reports/{week}/confirmation"
    return await matching.post(path, role, {"version": version}, **who)


async def overdue(matching: World, **who: Any) -> Any:
    return (await matching.get(f"/programmes/{PROGRAMME}/reports/overdue", "staff", **who)).json()


async def test_the_other_side_confirms_and_a_correction_is_a_new_version(matching: World) -> None:
    week = await worker(matching)
    assert (await write(matching, week)).json()["version"] == 1
    assert code(await confirm(matching, week, 1, "citizen")) == (403, "own-report")
    assert (await confirm(matching, week, 1, "workplace")).json()["confirmed_at"]
    assert (await write(matching, week, hours=40)).json()["version"] == 2
    assert code(await confirm(matching, week, 1, "workplace")) == (409, "report-changed")
    for _ in range(2):
        assert (await confirm(matching, week, 2, "workplace")).status_code == 200
    shown = await matching.get(f"/matches/{await matching.match_of('a')}/reports", "staff")
    both = [(one["version"], one["hours"], one["text"]) for one in shown.json()["items"]]
    assert both == [(1, 38, DONE), (2, 40, DONE)]  # what was written first still stands
    facts = [(one.data["version"], one.data["confirmed"]) for one in await matching.told("match.reported")]
    assert facts == [(1, False), (1, True), (2, False), (2, True)]
    numbers = [one.sequence for one in await matching.told("match.") if one.data.get("opening")]
    assert numbers == list(range(1, 8))
    rows = await matching.fetch(
        "select r::text as text from weekly_report r union all select value::text from outbox"
    )
    assert not [row for row in rows if "도록" in row["text"]]
    assert [one for one in await matching.told("access.recorded") if one.data["reason"] == "weekly-report"]


async def test_only_weeks_of_the_place_are_reported_and_only_by_the_two_sides(matching: World) -> None:
    week = await worker(matching)
    for wrong in (week - timedelta(days=7), week + timedelta(days=1), week + timedelta(days=21)):
        assert code(await write(matching, wrong)) == (422, "week-impossible")
    assert (await write(matching, week, hours=113)).status_code == 422
    path = f"/matches/{await matching.match_of('a')}/reports"
    body = {"week": str(week), "hours": 1, "days_present": 1, "days_absent": 0, "text": DONE}
    assert (await matching.post(path, "staff", body)).status_code == 403
    assert code(await matching.post(path, "workplace", body, agency=str(uid("firm o2")))) == (
        404,
        "not-found",
    )
    assert code(await matching.post(path, "citizen", body, subject=str(uid("b")))) == (404, "not-found")
    assert code(await confirm(matching, week, 1, "workplace")) == (404, "unknown-report")
    await act(matching, "a", "ending", on=str(today(matching)), reason="health")
    matching.pass_days(7)
    assert code(await write(matching, today(matching))) == (422, "week-impossible")
    assert (await write(matching, week + timedelta(days=14))).status_code == 201  # the last one, begun


async def test_each_week_is_reminded_of_once_and_listed_when_overdue(matching: World) -> None:
    """Two weeks went by; one was reported on. The other is told once, and overdue after its Wednesday."""
    week = await worker(matching)
    await write(matching, week)
    for expected in (1, 0):
        assert await jobs.remind(matching.service) == expected
    [fact] = await matching.told("match.report_due")
    second = week + timedelta(days=7)
    assert (fact.data["week"], fact.data["due_on"]) == (str(second), str(second + timedelta(days=9)))
    matching.pass_days(2)
    assert (await overdue(matching))["items"] == []
    matching.pass_days(1)
    [one] = (await overdue(matching))["items"]
    assert (one["week"], one["match"]) == (str(second), await matching.match_of("a"))
    assert (await overdue(matching, agency="daegu-suseong"))["status"] == 404
    await write(matching, second, "workplace")
    assert (await overdue(matching))["items"] == []
    await act(matching, "a", "completion", on=str(today(matching)))
    matching.pass_days(60)
    assert await jobs.remind(matching.service) == 1  # the week in which it ended, and none after it
    assert await jobs.remind(matching.service) == 0


async def test_what_was_written_goes_when_the_application_is_erased(matching: World) -> None:
    week = await worker(matching)
    await write(matching, week)
    await matching.apply(erased("a", "profile"))
    assert await matching.fetch("select 1 from weekly_report where done is not null")
    await matching.apply(erased("a", "application"))
    assert not await matching.fetch("select 1 from weekly_report where done is not null")
