"""Contacts of all kinds: corrected, counted as announcements do, a person's own, forgotten in time."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.contacts import jobs
from ieum.intake.contacts.domain import first_day, rounded
from ieum.intake.erasures.jobs import destroy_freed

from .contacts import FRONT, HOPE, STORY, YOUTH, ok, registered, served, taken
from .world import World, problem

servers = pytest.mark.servers
KINDS = {"visits", "windows", "calls", "counselling", "outreach"}


@pytest.mark.parametrize(
    ("day", "period", "first"),
    [
        (date(2014, 12, 31), "quarter", date(2014, 10, 1)),
        (date(2014, 1, 1), "quarter", date(2014, 1, 1)),
        (date(2014, 5, 9), "month", date(2014, 5, 1)),
        (date(2014, 5, 9), "year", date(2014, 1, 1)),
        (date(2014, 5, 9), "day", date(2014, 5, 9)),
    ],
)
def test_a_day_lies_in_its_period(day: date, period: Any, first: date) -> None:
    assert first_day(day, period) == first


@pytest.mark.parametrize(
    ("count", "to", "how", "shown"),
    [
        (8653, 100, "down", 8600),
        (8653, 100, "half-up", 8700),
        (5314, 1, "down", 5314),
        (50, 100, "half-up", 100),
    ],
)
def test_a_total_is_rounded_by_the_rule_that_is_said(count: int, to: int, how: Any, shown: int) -> None:
    assert rounded(count, to, how) == shown


async def count(intake: World, **query: Any) -> dict[str, Any]:
    span = {"since": "2014-01-01", "until": "2014-12-31"}
    return await ok(await intake.get("contacts/counts", agency=FRONT, params=span | query))


@servers
async def test_visits_are_counted_by_agency_and_quarter_as_in_the_announcement(intake: World) -> None:
    """Row 28: 7,500 and 680 and 120 are 8,300 of "more than 8,600"; row 32: 5,314 outreach talks."""
    rows = [
        ("employment-centre", "visit", "served", date(2014, 3, 31), 3000),
        ("employment-centre", "visit", "handed-on", date(2014, 4, 1), 4500),
        ("city-job-centre", "visit", "served", date(2014, 6, 30), 680),
        ("womens-job-centre", "visit", "served", date(2014, 12, 31), 120),
        ("city-welfare", "visit", "served", date(2014, 12, 31), 353),
        ("hope", "outreach", "talked", date(2014, 7, 1), 5314),
        ("hope", "outreach", "not-at-home", date(2014, 7, 1), 800),
    ]
    async with intake.service.database.unit_of_work(Actor("service", "t"), purposes.INTAKE) as tx:
        await tx.executemany("insert into contact_count values ($1, $2, $3, $4, $5)", rows)
    visits = await count(intake, kind="visit", by="quarter", to=100)
    assert {one["agency"]: one["count"] for one in visits["totals"]} == {
        "employment-centre": 7500, "city-job-centre": 680, "womens-job-centre": 120, "city-welfare": 353,
    }  # fmt: skip
    assert (visits["count"], visits["rounded"]) == (8653, 8600)
    by_quarter = {(one["agency"], one["since"]): one["count"] for one in visits["items"]}
    assert by_quarter["employment-centre", "2014-01-01"] == 3000
    assert by_quarter["employment-centre", "2014-04-01"] == 4500
    assert (await count(intake, kind="outreach", outcome="talked"))["count"] == 5314
    assert (
        problem(await intake.get("contacts/counts", params={"since": "2014-01-02", "until": "2014-01-01"}))[1]
        == "span-long"
    )


@servers
async def test_what_is_recorded_is_counted_on_its_korean_day_and_moves_with_a_correction(
    intake: World,
) -> None:
    """A stop that was "not at home" by a slip is corrected: told anew, counted anew, nothing overwritten."""
    person = await registered(intake, HOPE)
    body = {"worker": "park", "day": "2022-02-15", "stops": [{"person": person}]}
    route = await ok(await intake.post("outreach/routes", body, agency=HOPE), 201)
    stop = route["stops"][0]["id"]
    said = {"outcome": "not-at-home", "at": "2022-02-15T03:00:00Z", "note": {"text": "문을 두드렸습니다."}}
    await ok(await intake.post(f"outreach/stops/{stop}/result", said, agency=HOPE), 201)
    patch = {"outcome": "talked", "at": "2022-02-14T15:00:00Z", "note": {"text": "상환 계획을 들었습니다."}}
    assert problem(await intake.patch(f"contacts/{stop}", patch, version=2, agency=HOPE)) == (412, "stale")
    assert problem(await intake.patch(f"contacts/{stop}", patch, version=1, agency=YOUTH)) == (
        404,
        "contact-unknown",
    )
    bad = await intake.patch(f"contacts/{stop}", {"outcome": "served"}, version=1, agency=HOPE)
    assert problem(bad) == (422, "outcome-of-kind")
    intake.advance(minutes=1)
    corrected = await ok(await intake.patch(f"contacts/{stop}", patch, version=1, agency=HOPE))
    assert (corrected["outcome"], corrected["version"]) == ("talked", 2)
    recorded, changed_ = await intake.told("intake-contacts")
    assert (recorded["outcome"], changed_["outcome"], changed_["changed"]) == (
        "not-at-home", "talked", ["at", "outcome"],
    )  # fmt: skip
    query = {"since": "2022-02-01", "until": "2022-02-28"}
    counts = await ok(await intake.get("contacts/counts", params=query))
    assert [(one["outcome"], one["since"], one["count"]) for one in counts["items"]] == [
        ("talked", "2022-02-15", 1)
    ]
    shown = await ok(await intake.get(f"contacts/{stop}", agency=HOPE, params={"reveal": "확인"}))
    assert [note["note"] for note in shown["notes"]] == ["문을 두드렸습니다.", "상환 계획을 들었습니다."]
    listed = await ok(
        await intake.get("contacts", agency=HOPE, params={"since": "2022-02-15", "person": person})
    )
    assert [one["id"] for one in listed["items"]] == [stop]


async def everything(intake: World) -> str:
    """A person with a visit, a session to come and a stop to come, each with something written."""
    person = await intake.person()
    await taken(intake, HOPE, person=person, story=STORY)
    await served(intake, HOPE, "001", note={"text": "손목을 다쳤다고 하십니다.", "topic": "health"})
    session = {
        "person": person, "field": "debt", "counsellor": "lee", "planned_at": "2022-02-16T01:00:00Z",
        "planned_until": "2022-02-16T02:00:00Z",
    }  # fmt: skip
    await ok(await intake.post("counselling/sessions", session, agency=YOUTH), 201)
    stops = [{"person": person, "address": "이음로 77"}]
    route = {"worker": "park", "day": "2022-02-16", "stops": stops}
    await ok(await intake.post("outreach/routes", route, agency=HOPE), 201)
    return person


@servers
async def test_a_persons_own_contacts_are_in_their_data_and_each_note_is_an_access(intake: World) -> None:
    """Restricted notes are judged one by one, and the document says so."""
    person = await everything(intake)
    data = await ok(await intake.get(f"people/{person}/data", role="citizen", subject=person))
    [held] = data["encounters"]
    assert [one["kind"] for one in held["contacts"]] == ["visit"]
    assert [one["state"] for one in held["counselling"]] == ["planned"]
    assert {one["note"] or one["address"] for one in held["notes"]} == {STORY, "이음로 77"}
    assert [one["what"] for one in data["withheld"]] == ["restricted-notes"]
    told = [one for one in await intake.told("intake-access") if one["record_classes"] == ["case"]]
    assert [one["reason"] for one in told] == ["본인 열람"] * 2


@servers
async def test_who_is_forgotten_is_planned_nowhere_and_what_the_law_keeps_goes_on_its_day(
    intake: World,
) -> None:
    """Restricted notes go at once, the others five years later (retention.yaml); a visit stays counted."""
    person = await everything(intake)
    answer = await intake.post(f"people/{person}/erasure", role="citizen", subject=person)
    kept = {one["record_class"]: one["until"] for one in (await ok(answer, 201))["kept"]}
    assert kept == {"case": "2027-02-15"}
    rows = await intake.fetch("select record_class, note is null as gone from contact_note")
    assert {row["record_class"]: row["gone"] for row in rows} == {"case": False, "restricted": True}
    states = await intake.fetch(
        "select state from counselling_session union all select state from outreach_stop order by state"
    )
    assert [row["state"] for row in states] == ["cancelled", "dropped"]
    assert [row["count"] for row in await intake.fetch("select count from contact_count")] == [1]


async def keys(intake: World, of: str) -> set[str]:
    rows = await intake.fetch("select record_class from person_key where person = $1", UUID(of))
    return {row["record_class"] for row in rows}


@servers
async def test_what_was_written_of_nobody_goes_with_its_own_key(intake: World) -> None:
    """A newcomer who never gave a name: on the day the note and the key of the visit's own id are gone."""
    visit = await taken(intake, HOPE, story=STORY)
    await served(intake, HOPE, visit["number"])
    assert await keys(intake, visit["id"]) == {"case"}
    intake.advance(days=5 * 365)
    assert await destroy_freed(intake.service) == 0
    intake.advance(days=2)
    assert await destroy_freed(intake.service) == 1
    assert await keys(intake, visit["id"]) == set()
    assert await intake.fetch("select 1 from contact_note where note is not null") == []


@servers
async def test_a_key_stays_until_the_last_that_is_sealed_under_it_may_go(intake: World) -> None:
    """Two restricted notes half a year apart: at the end of the first's year both and the key are there."""
    person = await intake.person()
    for _ in range(2):
        visit = await taken(intake, HOPE, person=person)
        await served(intake, HOPE, visit["number"], note={"text": "손목을 다쳤습니다.", "topic": "health"})
        intake.advance(days=180)
    intake.advance(days=10)
    assert await jobs.destroy_due(intake.service) == 0
    assert "restricted" in await keys(intake, person)
    intake.advance(days=180)
    assert await jobs.destroy_due(intake.service) == 1
    assert "restricted" not in await keys(intake, person)
    assert await intake.fetch("select 1 from contact_note where note is not null") == []


@servers
async def test_the_document_has_an_example_for_each_body_that_works(intake: World) -> None:
    document = (await intake.client.get("/intake/openapi.json")).json()
    paths = {
        path: item["post"] for path, item in document["paths"].items()
        if "post" in item and path.split("/")[2] in KINDS
    }  # fmt: skip
    assert len(paths) == 18
    for path, operation in paths.items():
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            assert document["components"]["schemas"][schema.rpartition("/")[2]]["examples"], path
