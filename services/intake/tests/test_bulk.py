"""Applications by the thousand (NDJSON) over HTTP on a real Postgres."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from ieum.intake.applications.jobs import delete_expired

from .world import AGENCY, CLEAR, PROGRAMME, World, problem

pytestmark = pytest.mark.servers
FORBIDDEN = "900101-1234567"


def line(person: str, *choices: str, **more: Any) -> str:
    asked = {"person": person, "programme": PROGRAMME, "choices": list(choices)}
    return json.dumps(asked | more, ensure_ascii=False)


async def bulk(
    intake: World, *lines: str | bytes, media: str = "application/x-ndjson", **who: Any
) -> httpx.Response:
    raw = b"\n".join(one if isinstance(one, bytes) else one.encode() for one in lines)
    headers = {**intake.headers(who.pop("role", "staff"), **who), "Content-Type": media}
    return await intake.client.post("/intake/applications/bulk", content=raw, headers=headers)


async def test_good_lines_stay_and_each_bad_one_is_explained_with_its_number(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    one, two, three = [await intake.person(phone=f"010-0444-{n:04}") for n in range(3)]
    answer = await bulk(
        intake,
        line(one, "Y22-001", "Y22-002"),
        "",
        "{not json",
        line(two, "Y22-001", "Y22-999"),
        line(two, "Y22-001", unknown=1),
        line(three, "Y22-002", answers={"동기": f"제 번호는 {FORBIDDEN}입니다."}),
        line(str(uuid4()), "Y22-001"),
        b'{"person": "\xff"}',
        line(one, "Y22-002"),
        line(two, "Y22-001", answers={"동기": "배우고 싶습니다."}),
    )
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["added"], body["refused"]) == (2, 7)
    assert [(each["line"], each["status"], each.get("code")) for each in body["lines"]] == [
        (1, 201, None),
        (3, 400, "not-json"),
        (4, 422, "choice-unknown"),
        (5, 422, "unknown-field"),
        (6, 422, "forbidden-number"),
        (7, 422, "person-unknown"),
        (8, 400, "not-json"),
        (9, 409, "application-exists"),
        (10, 201, None),
    ]
    refused = [each for each in body["lines"] if each["status"] != 201]
    assert all(each["ko"] and each["en"] for each in refused)
    assert [each.get("pointer") for each in refused[1:4]] == ["/choices/1", "/unknown", "/answers"]
    shown = (await intake.get(f"applications/{body['lines'][0]['id']}")).json()
    assert (shown["person"], shown["receipt"]) == (one, body["lines"][0]["receipt"])
    assert (shown["channel"], shown["agency"]) == ("counter", AGENCY)
    told = await intake.told("intake-applications")
    assert [each["person"] for each in told] == [one, two]
    assert FORBIDDEN not in await intake.dump()
    assert FORBIDDEN not in answer.text


async def test_the_same_request_is_answered_the_same_and_the_same_file_adds_nothing(intake: World) -> None:
    await intake.market("Y22-001")
    people = [await intake.person(phone=f"010-0445-{n:04}") for n in range(3)]
    lines = [line(person, "Y22-001") for person in people]
    first = await bulk(intake, *lines, key="file-1")
    assert first.json()["added"] == 3
    again = await bulk(intake, *lines, key="file-1")
    assert (again.status_code, again.json()) == (201, first.json())
    other = (await bulk(intake, *lines, key="file-2")).json()
    assert (other["added"], {each["code"] for each in other["lines"]}) == (0, {"application-exists"})
    assert problem(await bulk(intake, *lines[:2], key="file-1")) == (422, "idempotency-key-reused")
    rows = await intake.fetch("select person from application")
    assert {row["person"] for row in rows} == {UUID(person) for person in people}
    assert len(await intake.told("intake-applications")) == 3


async def test_what_is_no_list_of_applications_is_refused_whole(intake: World) -> None:
    good = line(str(uuid4()), "Y22-001")
    assert problem(await bulk(intake, good, media="application/json")) == (415, "ndjson-expected")
    assert problem(await bulk(intake, "", " ")) == (422, "no-lines")
    assert problem(await bulk(intake, *[good] * 1001)) == (413, "too-many-lines")
    assert (await bulk(intake, b" " * (4 * 1024 * 1024 + 1))).status_code == 413
    assert problem(await bulk(intake, good, role="citizen")) == (403, "forbidden")


async def test_results_are_kept_for_a_day_and_hold_nothing_of_a_person(intake: World) -> None:
    """As long as the key may come again; what is kept are ids, receipts and refusals."""
    await intake.market("Y22-001")
    person = await intake.person()
    await bulk(intake, line(person, "Y22-001", answers={"동기": "배우고 싶습니다."}), line(person, "Y22-001"))
    [row] = await intake.fetch("select results::text as text from application_bulk")
    assert not [clear for clear in (*CLEAR, "배우고", person) if clear in row["text"]]
    intake.advance(hours=23)
    await delete_expired(intake.service)
    assert len(await intake.fetch("select 1 from application_bulk")) == 1
    intake.advance(hours=1)
    await delete_expired(intake.service)
    assert await intake.fetch("select 1 from application_bulk") == []
