"""Drafts over HTTP on a real Postgres: saved, resumed, changed, submitted, expired, erased."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from ieum.common.service.settings import REPOSITORY
from ieum.intake.drafts.jobs import delete_expired

from . import files
from .test_documents import attach
from .world import HONG, World, opening, organisation, problem

pytestmark = pytest.mark.servers

TRIP = "trip-2022"
TRIP_YAML = (
    (REPOSITORY / "deploy/cities/daegu/programmes/global-project-2019.yaml")
    .read_text(encoding="utf-8")
    .replace("id: global-project-2019", f"id: {TRIP}")
    .replace("2019-04-01", "2022-02-14")
    .replace("2019-04-26", "2022-04-26")
)
ANSWERS = {"destination": "하노이", "question": "청년 창업이 어떻게 자라는지 알아보고 싶습니다."}


async def trip(intake: World) -> str:
    """The programme of trips with one opening; gives the person who writes."""
    assert (await intake.post("programmes", {"yaml": TRIP_YAML})).status_code == 201
    firm = (await intake.post("organisations", organisation())).json()["id"]
    made = await intake.post(
        "openings",
        opening(firm, programme=TRIP, code="T-1", wage_hourly_won=None, hours_per_week=None, months=None),
    )
    assert made.status_code == 201, made.text
    return await intake.person()


async def save(intake: World, person: str, **body: Any) -> httpx.Response:
    who = body.pop("who", {})
    return await intake.post("drafts", {"person": person, "programme": TRIP, **body}, **who)


async def put(intake: World, id_: str, body: Any, version: int | None, **who: Any) -> httpx.Response:
    headers = intake.headers(**who) | ({"If-Match": f'"{version}"'} if version else {})
    return await intake.client.put(f"/intake/drafts/{id_}", json=body, headers=headers)


async def submit(intake: World, id_: str, version: int = 1, **who: Any) -> httpx.Response:
    headers = intake.headers(**who) | {"If-Match": f'"{version}"'}
    return await intake.client.post(f"/intake/drafts/{id_}/submission", headers=headers)


async def test_a_draft_is_saved_unfinished_and_resumed_where_it_was_left(intake: World) -> None:
    person = await trip(intake)
    saved = await save(intake, person, answers={"destination": "하노이"})
    assert saved.status_code == 201, saved.text
    id_ = saved.json()["id"]
    assert "answers" not in {name for name, value in saved.json().items() if value is not None}
    resumed = await intake.get(f"drafts/{id_}", params={"reveal": "창구에서 이어서 작성"})
    assert (resumed.json()["answers"], resumed.json()["choices"]) == ({"destination": "하노이"}, [])
    assert resumed.headers["etag"] == '"1"'
    changed = await put(intake, id_, {"choices": ["T-1"], "answers": ANSWERS}, 1)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    listed = (await intake.get(f"people/{person}/drafts")).json()["items"]
    assert [(one["id"], one["version"], one["answers"]) for one in listed] == [(id_, 2, None)]
    accesses = await intake.told("intake-access")
    assert [(one["record_classes"], one["reason"]) for one in accesses] == [
        (["application"], "창구에서 이어서 작성")
    ]
    assert await intake.told("intake-applications") == []
    dump = await intake.dump()
    assert [clear for clear in ("하노이", "청년 창업") if clear in dump] == []


async def test_a_draft_that_changed_since_is_not_overwritten(intake: World) -> None:
    id_ = (await save(intake, await trip(intake))).json()["id"]
    assert (await put(intake, id_, {"answers": ANSWERS}, 1)).status_code == 200
    assert problem(await put(intake, id_, {"answers": {}}, 1)) == (412, "stale")
    assert problem(await put(intake, id_, {"answers": {}}, None)) == (428, "if-match-missing")
    assert problem(await submit(intake, id_, 1)) == (412, "stale")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"answers": {"destination": "900101-1234567"}}, "forbidden-number", "/answers"),
        ({"answers": {"abroad_before": "예"}}, "answer-invalid", "/answers/abroad_before"),
        ({"answers": {"school": "가상대학교"}}, "answer-invalid", "/answers/school"),
        ({"choices": ["T-9"]}, "choice-unknown", "/choices/0"),
        ({"choices": ["T-1", "T-1"]}, "choice-duplicate", "/choices/1"),
    ],
)
async def test_what_is_there_is_checked_though_the_draft_is_unfinished(
    intake: World, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await save(intake, await trip(intake), **body)
    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]
    assert await intake.fetch("select 1 from draft") == []


async def test_a_draft_becomes_an_application_once_with_its_files(intake: World) -> None:
    person = await trip(intake)
    id_ = (await save(intake, person, choices=["T-1"], answers=ANSWERS)).json()["id"]
    document = (await attach(intake, id_, files.pdf(), "계획서.pdf", asked="plan")).json()["id"]
    assert await intake.told("intake-applications") == []
    first = await submit(intake, id_, key="once")
    assert first.status_code == 201, first.text
    again = await submit(intake, id_, key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    application = first.json()["application"]
    shown = (await intake.get(f"applications/{application}")).json()
    assert (shown["receipt"], [one["code"] for one in shown["choices"]]) == (first.json()["receipt"], ["T-1"])
    assert problem(await intake.get(f"drafts/{id_}")) == (404, "draft-unknown")
    held = (await intake.get("documents", params={"holder": application})).json()
    assert [one["id"] for one in held["items"]] == [document]
    submitted, attached = await intake.told("intake-applications")
    assert submitted["person"] == attached["person"] == person
    assert (attached["application"], attached["asked"], attached["media"]) == (application, "plan", "pdf")
    assert problem(await submit(intake, id_)) == (404, "draft-unknown")


async def test_a_persons_own_data_holds_drafts_and_files_by_name(intake: World) -> None:
    person = await trip(intake)
    draft = (await save(intake, person, choices=["T-1"], answers={"destination": "하노이"})).json()["id"]
    await attach(intake, draft, files.pdf(), "계획서.pdf", asked="plan")
    data = (await intake.get(f"people/{person}/data", role="citizen", subject=person)).json()
    assert [(one["id"], one["answers"]) for one in data["drafts"]] == [(draft, {"destination": "하노이"})]
    assert [(one["holder"], one["name"]) for one in data["documents"]] == [(draft, "계획서.pdf")]


async def test_all_that_is_missing_is_told_at_once_and_nothing_is_submitted(intake: World) -> None:
    id_ = (await save(intake, await trip(intake), choices=["T-1"])).json()["id"]
    answer = await submit(intake, id_)
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {
        "/answers/destination", "/answers/question", "/documents/plan",
    }  # fmt: skip
    assert (await intake.get(f"drafts/{id_}")).status_code == 200
    assert await intake.fetch("select 1 from application") == []


async def test_one_draft_for_a_person_and_programme(intake: World) -> None:
    person = await trip(intake)
    assert (await save(intake, person)).status_code == 201
    assert problem(await save(intake, person)) == (409, "draft-exists")


async def test_a_citizen_writes_and_reads_their_own_alone(intake: World) -> None:
    await trip(intake)
    mine: dict[str, Any] = {"role": "citizen", "subject": "hong-1"}
    person = await intake.post("people", {**HONG, "phone": "010-0777-1111"}, **mine)
    assert person.status_code == 201, person.text
    id_ = (await save(intake, person.json()["id"], answers=ANSWERS, who=mine)).json()["id"]
    resumed = await intake.get(f"drafts/{id_}", **mine)
    assert resumed.json()["answers"] == ANSWERS
    other: dict[str, Any] = {"role": "citizen", "subject": "stranger"}
    for answer in (
        await intake.get(f"drafts/{id_}", **other),
        await put(intake, id_, {}, 1, **other),
        await submit(intake, id_, **other),
        await intake.client.delete(f"/intake/drafts/{id_}", headers=intake.headers(**other)),
    ):
        assert problem(answer) == (404, "draft-unknown")


async def test_a_draft_is_gone_thirty_days_after_the_last_change_with_its_files(intake: World) -> None:
    person = await trip(intake)
    saved = (await save(intake, person)).json()
    assert saved["expires_at"].startswith("2022-03-17")
    await attach(intake, saved["id"], files.pdf(), "계획서.pdf")
    intake.advance(days=20)
    assert (await put(intake, saved["id"], {"answers": ANSWERS}, 1)).json()["expires_at"] > saved[
        "expires_at"
    ]
    intake.advance(days=29)
    assert await delete_expired(intake.service) == 0
    intake.advance(days=1)
    assert problem(await intake.get(f"drafts/{saved['id']}")) == (404, "draft-unknown")
    assert [await delete_expired(intake.service) for _ in range(2)] == [1, 0]
    for table in ("draft", "document_folder", "document", "document_chunk"):
        assert await intake.fetch(f"select 1 from {table}") == [], table
    assert await intake.told("intake-applications") == []


async def test_whoever_throws_a_draft_away_or_is_erased_leaves_nothing_of_it(intake: World) -> None:
    person = await trip(intake)
    id_ = (await save(intake, person)).json()["id"]
    gone = await intake.client.delete(f"/intake/drafts/{id_}", headers=intake.headers())
    assert gone.status_code == 204
    id_ = (await save(intake, person, answers=ANSWERS)).json()["id"]
    await attach(intake, id_, files.pdf(), "계획서.pdf")
    assert (await intake.post(f"people/{person}/erasure")).status_code in (201, 202)
    for table in ("draft", "document_folder", "document", "document_chunk"):
        assert await intake.fetch(f"select 1 from {table}") == [], table
    assert await intake.fetch("select 1 from person where id = $1", UUID(person))
