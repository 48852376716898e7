"""Exports over HTTP on a real Postgres: whose data goes out is recorded, and only what the agency may see."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from ieum.intake.exports import actions

from .cases import AGENCY as DALSEO
from .cases import LEAD, Cases
from .world import AGENCY, CLEAR, HONG, PROGRAMME, World, organisation, problem

pytestmark = pytest.mark.servers

WHY = "심사위원회 준비"


def sheet(raw: bytes) -> list[dict[str, Any]]:
    header, *rows = openpyxl.load_workbook(io.BytesIO(raw)).active.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


async def accesses(intake: World) -> list[dict[str, Any]]:
    return [one for one in await intake.told("intake-access") if one["reason"] == WHY]


async def test_applications_go_out_as_a_workbook_with_whose_they_are_recorded(
    intake: World, monkeypatch: Any
) -> None:
    """Phones as text, days as days, formulas as text; page by page; one record of access a person."""
    monkeypatch.setattr(actions, "PAGE_ROWS", 2)
    await intake.market("Y22-001", "Y22-002")
    names = ("홍길동", "김철수", "이영희", "박민수", "최하늘")
    people = [await intake.person(name=name, email=f"a{n}@mail.ieum.test") for n, name in enumerate(names)]
    for person in people:
        body = {"answers": {"비고": '=HYPERLINK("http://x")'}}
        assert (await intake.apply(person, ["Y22-002", "Y22-001"], body=body)).status_code == 201
    answer = await intake.get("exports/applications", params={"programme": PROGRAMME, "reason": WHY})
    assert answer.status_code == 200, answer.text
    assert "xlsx" in answer.headers["content-disposition"]
    rows = {row["이름"]: row for row in sheet(answer.content)}
    assert rows.keys() == set(names)
    first = rows["홍길동"]
    assert (first["전화"], first["생년월일"]) == (
        "010-0123-4567",
        datetime(1997, 3, 5, tzinfo=UTC).replace(tzinfo=None),
    )
    assert (first["희망1"], first["희망2"], first["상태"], first["구군"]) == (
        "Y22-002",
        "Y22-001",
        "접수",
        "달서구",
    )
    assert first["비고"] == '\'=HYPERLINK("http://x")'
    told = await accesses(intake)
    assert sorted(one["person"] for one in told) == sorted(people)
    assert {tuple(one["record_classes"]) for one in told} == {("application", "contact", "profile")}
    assert {one["agency"] for one in told} == {AGENCY}
    assert [one for one in CLEAR if one in await intake.dump()] == []


async def test_a_consent_to_one_field_opens_no_more_in_a_file(intake: World) -> None:
    """The ground of the application ended days ago; what is left names the phone alone."""
    await intake.market("Y22-001")
    person = (await intake.post("people", HONG, agency="daegu-volunteers")).json()["id"]
    made = (await intake.apply(person, ["Y22-001"])).json()["id"]
    asked = {"programme": PROGRAMME, "reason": WHY}
    assert len(sheet((await intake.get("exports/applications", params=asked)).content)) == 1
    assert (await intake.post(f"applications/{made}/withdrawal")).status_code == 201
    terms = {"purpose": "housing", "recipients": [AGENCY], "fields": ["phone"], "until": "2022-12-31"}
    assert (await intake.post(f"people/{person}/consents", terms)).status_code == 201
    intake.advance(days=6)
    assert sheet((await intake.get("exports/applications", params=asked)).content) == []


async def test_other_agencies_take_away_only_what_they_took_in(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    own, other = await intake.person(), await intake.person(name="김철수", phone="010-9999-0000")
    assert (await intake.apply(own, ["Y22-001"])).status_code == 201
    await intake.confer(other, "daegu-volunteers")
    assert (await intake.apply(other, ["Y22-001"], agency="daegu-volunteers")).status_code == 201
    asked = {"programme": PROGRAMME, "reason": WHY}
    all_ = sheet((await intake.get("exports/applications", params=asked)).content)
    assert {row["이름"] for row in all_} == {"홍길동", "김철수"}
    some = await intake.get("exports/applications", params=asked, agency="daegu-volunteers")
    assert [row["이름"] for row in sheet(some.content)] == ["김철수"]
    none = await intake.get("exports/applications", params=asked, agency="daegu-sports")
    assert sheet(none.content) == []
    people = await intake.get("exports/people", params={"reason": WHY}, agency="daegu-volunteers")
    assert sheet(people.content) == []


async def test_a_download_needs_a_reason_without_anybodys_number_and_the_right_role(intake: World) -> None:
    await intake.person()
    assert (await intake.get("exports/people")).status_code == 422
    bad = await intake.get("exports/people", params={"reason": "900101-1234567"})
    assert problem(bad)[1] in {"forbidden-number", "invalid"}
    assert "900101" not in bad.text
    assert problem(await intake.get("exports/people", params={"reason": WHY}, role="citizen"))[0] == 403
    assert await accesses(intake) == []


async def test_people_go_out_but_not_the_erased_nor_a_number_that_must_not_be_called(intake: World) -> None:
    safe = {"safe_contact": {"never": ["010-0123-4567"], "not_at": [], "neutral": True}}
    await intake.person(**safe)
    gone = await intake.person(name="김철수", phone="010-9999-0000")
    assert (await intake.post(f"people/{gone}/erasure")).status_code == 201
    rows = sheet((await intake.get("exports/people", params={"reason": WHY})).content)
    assert [(row["이름"], row["전화"], row["연락 유의"]) for row in rows] == [("홍길동", None, "안전 연락")]


async def test_csv_is_utf8_with_its_mark_and_cp949_lists_what_it_could_not_write(intake: World) -> None:
    await intake.person(name="홍길동", skills=["요리 🍳", "C–언어"])
    raw = (await intake.get("exports/people", params={"reason": WHY, "format": "csv"})).content
    assert raw.startswith(b"\xef\xbb\xbf")
    [row] = csv.DictReader(io.StringIO(raw.decode("utf-8-sig")))
    assert (row["기술"], row["생년월일"]) == ("요리 🍳, C–언어", "1997-03-05")
    answer = await intake.get("exports/people", params={"reason": WHY, "format": "csv-cp949"})
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(io.BytesIO(answer.content)) as archive:
        [plain] = csv.DictReader(io.StringIO(archive.read("data.csv").decode("cp949")))
        lost = list(csv.reader(io.StringIO(archive.read("unwritable.csv").decode("utf-8-sig"))))
    assert (plain["이름"], plain["기술"]) == ("홍길동", "요리 ?, C?언어")
    assert lost[1:] == [["2", "기술", "🍳", "U+1F373"], ["2", "기술", "–", "U+2013"]]


async def test_what_went_out_can_be_imported_again(intake: World) -> None:
    """Nobody is added: the same names, days and phones are the same people."""
    await intake.person(email=HONG["email"])
    raw = (await intake.get("exports/people", params={"reason": WHY})).content
    body = {"name": "내려받은 파일", "kind": "people", "columns": {"이름": "이름"}, "ignore_others": True}
    made = await intake.post("imports/mappings", body)
    report = (await intake.load(raw, kind="people", mapping=made.json()["id"])).json()
    assert (report["added"], report["already_there"], report["problems"]) == (0, [2], [])


async def test_cases_and_organisations(intake: World) -> None:
    """Cases without a name, of one's own agency alone, and recorded with whose they are."""
    made = await Cases(intake).begun()
    rows = await intake.get("exports/cases", params={"reason": WHY}, agency=DALSEO, subject=LEAD)
    [case] = sheet(rows.content)
    assert (case["번호"], case["상태"], case["대상자 수"]) == (made["id"], "발굴·신고", 1)
    assert "성춘향" not in str(case)
    assert [one["person"] for one in await accesses(intake)] == made["persons"]
    assert sheet((await intake.get("exports/cases", params={"reason": WHY})).content) == []
    assert (
        await intake.post("organisations", organisation(business_number="116-82-00276"))
    ).status_code == 201
    [firm] = sheet((await intake.get("exports/organisations", params={"reason": WHY})).content)
    assert (firm["역할"], firm["사업자등록번호"]) == ("사업장", "116-82-00276")
    assert len(await accesses(intake)) == 2
