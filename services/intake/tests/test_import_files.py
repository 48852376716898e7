"""Workbooks, mappings, dry runs, kinds, and what a kill leaves: imports over HTTP on a real Postgres."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zipfile import ZIP_DEFLATED, ZipFile

import httpx
import openpyxl
import pytest
from openpyxl.utils.datetime import MAC_EPOCH

from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.imports import actions, archives, packing
from ieum.intake.imports.jobs import take_next
from ieum.intake.people.actions import Desk

from .test_imports import COLUMNS, GOOD, counts, file
from .world import AGENCY, CLEAR, PROGRAMME, XLSX, YAML, World, opening, problem

pytestmark = pytest.mark.servers


def book(*rows: Sequence[Any], mac: bool = False) -> bytes:
    """A workbook as Excel saves it."""
    made = openpyxl.Workbook()
    if mac:
        made.epoch = MAC_EPOCH
    for row in rows:
        made.active.append(row)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def cells(**changes: Any) -> list[Any]:
    return [{**GOOD, **changes}.get(name, "") for name in COLUMNS]


async def revealed(intake: World, phone: str = "010-0123-4567") -> dict[str, Any]:
    found = (await intake.get("people", params={"phone": phone})).json()["items"]
    shown: dict[str, Any] = (await intake.get(f"people/{found[0]['id']}", params={"reveal": "확인"})).json()
    return shown


DAY = date(1997, 3, 5)
MIDNIGHT = datetime(1997, 3, 5, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("mac", "rows"),
    [
        # 35494 and 34032 without a format: days since 1899-12-30 and since 1904-01-01
        (
            False,
            [
                (DAY, 1001234567),
                (MIDNIGHT, 1001234567.0),
                (35494, "10 0123 4567"),
                ("1997.3.5", "+82 10-0123-4567"),
            ],
        ),
        (True, [(DAY, "010-0123-4567"), (34032, "1001234567.0"), ("19970305", 1001234567)]),
    ],
    ids=["1900", "1904"],
)
async def test_a_workbook_gives_days_and_phones_as_they_were_meant(
    intake: World, mac: bool, rows: list[tuple[Any, Any]]
) -> None:
    """Days as Excel's numbers of both systems, phones as numbers whose zero was lost."""
    await intake.market("Y22-001", "Y22-002")
    people = [
        cells(이름=f"김{name}수", 생년월일=born, 전화=phone)
        for name, (born, phone) in zip("가나다라", rows, strict=False)
    ]
    report = (await intake.load(book(list(COLUMNS), [], *people, mac=mac))).json()
    assert (report["encoding"], report["added"], report["problems"]) == ("xlsx", len(rows), [])
    found = (await intake.get("people", params={"phone": "010-0123-4567"})).json()["items"]
    opened = [(await intake.get(f"people/{one['id']}", params={"reveal": "확인"})).json() for one in found]
    assert [one["profile"]["birth_date"] for one in opened] == ["1997-03-05"] * len(rows)
    assert {one["contact"]["phone"] for one in opened} == {"+821001234567"}
    assert [one for one in CLEAR if one in await intake.dump()] == []


async def test_formulas_are_not_run_and_lines_are_the_sheets_own(intake: World) -> None:
    """A formula without a saved value is an empty cell; the report names row 4 as Excel does."""
    await intake.market("Y22-001", "Y22-002")
    raw = book(list(COLUMNS), [], [], cells(이름='=HYPERLINK("http://x","홍길동")'), cells(이름="김철수"))
    report = (await intake.load(raw)).json()
    assert [(one["line"], one["column"], one["code"]) for one in report["problems"]] == [
        (4, "이름", "missing")
    ]
    assert report["added"] == 1


FORBIDDEN = [
    ("비고", "900101-1234567"),
    ("비고", 9001011234567),
    ("비고", 10101323456),  # 001010-1323456 without its zeros
    ("비고", 101013123456),  # 010101-3123456 without its zero
    ("기술", "M12345678"),
    ("비고", "11-22-333333-44"),
]


@pytest.mark.parametrize("kind", ["applications", "people", "organisations"])
async def test_forbidden_numbers_are_refused_in_every_import(intake: World, kind: str) -> None:
    """Resident, passport and licence numbers, also as number cells: no trace of them, not even sealed.

    A column that is left out is looked at, too.
    """
    await intake.market("Y22-001", "Y22-002")
    names = COLUMNS if kind == "applications" else (*COLUMNS[:9], "비고")
    if kind != "applications":
        ours = {"이름": "기관명", "취업상태": "역할"} if kind == "organisations" else {}
        mapped = {"name": "m", "kind": kind, "columns": ours | {"비고": None}, "ignore_others": True}
        assert (await intake.post("imports/mappings", mapped)).status_code == 201
    rows = ({**GOOD, column: value} for column, value in FORBIDDEN)
    raw = book(list(names), *([row.get(name, "") for name in names] for row in rows))
    sent = await intake.upload(kind, raw, {"programme": PROGRAMME} if kind == "applications" else {})
    assert sent.status_code == 202, sent.text
    [chunk] = await intake.fetch(
        "select import, sealed, wrapped_key from import_chunk join import_report on id = import"
    )
    key = Desk.of(intake.service).keys.unwrap(chunk["wrapped_key"])
    kept = packing.unpack(chunk["sealed"], key, chunk["import"], 0)
    assert [one.cells for one in kept] == [()] * len(FORBIDDEN)
    assert all(one.fault for one in kept)
    await intake.take()
    report = (await intake.get(f"imports/{sent.json()['id']}")).json()
    assert [one["code"] for one in report["problems"]] == ["forbidden-number"] * len(FORBIDDEN)
    assert (report["refused"], report["added"]) == (len(FORBIDDEN), 0)
    told = await intake.get(f"imports/{report['id']}/report", params={"format": "csv"})
    sheet = str([[cell.value for cell in row] for row in rows_of((await download(intake, report)).content)])
    assert [value for _, value in FORBIDDEN if str(value) in told.text or str(value) in sheet] == []


async def download(intake: World, report: dict[str, Any]) -> httpx.Response:
    return await intake.get(f"imports/{report['id']}/report")


def rows_of(raw: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(raw)).active.iter_rows()


async def test_the_halves_of_a_resident_number_in_two_cells_are_found(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    raw = book(list(COLUMNS), cells(희망5="900101", 비고="1234567"))
    assert [one["code"] for one in (await intake.load(raw)).json()["problems"]] == ["forbidden-number"]


async def test_a_mapping_is_kept_per_agency_found_by_its_headers_and_changed_under_its_version(
    intake: World,
) -> None:
    await intake.market("Y22-001", "Y22-002")
    body = {
        "name": "우리 서식", "kind": "people", "ignore_others": True,
        "columns": {
            "성명": "이름", "태어난 날": "생년월일", "휴대폰": "전화",
            "사는 곳": "구군", "하는 일": "취업상태",
        },
        "words": {"취업상태": {"구직": "미취업"}, "구군": {"달서": "달서구"}},
    }  # fmt: skip
    made = await intake.post("imports/mappings", body)
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    assert problem(await intake.post("imports/mappings", body)) == (409, "mapping-name-taken")
    bad = await intake.post("imports/mappings", {**body, "name": "b", "columns": {"성명": "이른"}})
    assert problem(bad) == (422, "mapping-column")
    raw = book(
        ["번호", "성명", "태어난 날", "휴대폰", "사는 곳", "하는 일"],
        [1, "홍길동", "1997.3.5", 1001234567, "달서", "구직"],
    )
    other = await intake.load(raw, kind="people", agency="daegu-volunteers")
    assert problem(other) == (422, "csv-header")
    assert "성명" not in other.text  # without a header row it may be a name
    report = (await intake.load(raw, kind="people")).json()
    assert (report["added"], report["mapping"], report["programme"]) == (1, id_, None)
    assert (await revealed(intake))["district"] == "27290"
    unknown = await intake.load(raw, kind="people", mapping=id_, agency="daegu-volunteers")
    assert problem(unknown) == (404, "mapping-unknown")
    changed = {**body, "words": {"취업상태": {"구직": "학생"}}}
    del changed["name"], changed["kind"]
    url, headers = f"/intake/imports/mappings/{id_}", intake.headers()
    assert problem(await intake.client.put(url, json=changed, headers=headers)) == (428, "if-match-missing")
    again = await intake.client.put(url, json=changed, headers={**headers, "If-Match": '"1"'})
    assert (again.status_code, again.headers["ETag"]) == (200, '"2"')
    late = await intake.client.put(url, json=changed, headers={**headers, "If-Match": '"1"'})
    assert problem(late) == (412, "stale")
    listed = (await intake.get("imports/mappings", params={"kind": "people"})).json()["items"]
    assert [(one["id"], one["version"]) for one in listed] == [(id_, 2)]
    refused = (await intake.load(raw, kind="people", mapping=id_)).json()
    assert [(one["column"], one["code"]) for one in refused["problems"]] == [("사는 곳", "district-unknown")]


async def test_a_dry_run_says_what_would_happen_and_writes_nothing(intake: World, monkeypatch: Any) -> None:
    """Also across chunks: the same person twice is told as there already the second time."""
    monkeypatch.setattr(packing, "CHUNK_ROWS", 2)
    await intake.market("Y22-001", "Y22-002")
    rows = [GOOD | {"이름": f"김{one}수", "생년월일": "1997.3.5"} for one in "가나다라"]
    raw = file(*rows, rows[0], GOOD | {"구군": "없는구"})
    before = await counts(intake)
    report = (await intake.load(raw, dry_run="true")).json()
    assert (report["dry_run"], report["added"], report["already_there"], report["refused"]) == (
        True,
        4,
        [6],
        1,
    )
    assert await counts(intake) == before
    assert await intake.fetch("select 1 from import_seen") == []
    real = (await intake.load(raw)).json()
    assert {name: real[name] for name in ("added", "already_there", "refused", "problems")} == {
        name: report[name] for name in ("added", "already_there", "refused", "problems")
    }
    assert real["same_as"] is None
    assert (await counts(intake))["application"] == 4


async def test_people_alone_and_organisations_are_taken_once(intake: World) -> None:
    """The same file twice, another file with the same rows, and the number that tells one from another."""
    people = book(list(COLUMNS[:9]), cells()[:9], cells(이름="김철수")[:9], cells()[:9])
    for added, there in ((2, [4]), (0, [])):
        report = (await intake.load(people, kind="people")).json()
        assert (report["added"], report["already_there"]) == (added, there)
    more = (await intake.load(book(list(COLUMNS[:9]), cells()[:9]), kind="people")).json()
    assert (more["added"], more["already_there"]) == (0, [2])
    head = ["기관명", "역할", "구군", "이메일", "사업자등록번호"]
    firms = [["(가상) 이음", "사업장, 협약기관", "달서구", "a@firm.ieum.test", "116-82-00276"],
             ["(가상) 두레", "공급기관", "중구", "", ""], ["(가상) 두레", "공급기관", "중구", "", ""],
             ["(가상) 셋", "회사", "중구", "", "123"]]  # fmt: skip
    report = (await intake.load(book(head, *firms), kind="organisations")).json()
    assert (report["added"], report["already_there"]) == (2, [4])
    assert [(one["line"], one["column"]) for one in report["problems"]] == [
        (5, "역할"),
        (5, "사업자등록번호"),
    ]
    again = (await intake.load(book(head, *firms[:2]), kind="organisations")).json()
    assert (again["added"], again["already_there"]) == (0, [2, 3])
    told = await intake.told("intake-organisations")
    assert [one["roles"] for one in told] == [["workplace", "partner"], ["supplier"]]


async def test_answers_are_read_by_their_type_and_checked_against_the_programmes_form(intake: World) -> None:
    form = """
form:
  properties:
    reason: {type: string, title: 지원 동기, title_en: Why, maxLength: 10}
    months: {type: integer, title: 희망 기간, title_en: Months, minimum: 1, maximum: 12}
    licence: {type: boolean, title: 운전 가능 여부, title_en: Can drive}
  required: [reason]
"""
    assert (await intake.post("programmes", {"yaml": YAML + form})).status_code == 201
    firm = (
        await intake.post("organisations", {"name": "가", "roles": ["workplace"], "district": "27260"})
    ).json()
    assert (await intake.post("openings", opening(firm["id"]))).status_code == 201
    head = [*COLUMNS[:9], "희망1", "지원 동기", "희망 기간", "운전 가능 여부"]
    good = [*cells()[:9], "Y22-001"]
    report = (
        await intake.load(
            book(
                head,
                [*good, "배움", 3, "여"],
                ["김철수", *good[1:], "가" * 11, 3, "부"],
                ["김철수", *good[1:], "", 13, "글쎄"],
                ["김영수", *good[1:], "", 13, ""],
            )
        )
    ).json()
    assert report["added"] == 1, report
    assert [(one["line"], one["column"], one["code"]) for one in report["problems"]] == [
        (3, "지원 동기", "answer-invalid"),
        (4, "운전 가능 여부", "not-allowed"),
        (5, "희망 기간", "answer-invalid"),
        (5, "지원 동기", "answer-invalid"),
    ]
    [row] = await intake.fetch("select person from application")
    data = (await intake.get(f"people/{row['person']}/data", params={"reason": "확인"})).json()
    assert data["applications"][0]["answers"] == {"reason": "배움", "months": 3, "licence": True}


async def test_what_a_kill_leaves_is_gone_on_with_no_row_twice_and_none_lost(
    intake: World, monkeypatch: Any
) -> None:
    """A chunk is broken off before its commit, as a kill does; another process works beside it."""
    monkeypatch.setattr(packing, "CHUNK_ROWS", 3)
    await intake.market("Y22-001", "Y22-002")
    raw = file(*(GOOD | {"이름": f"김{chr(0xAC00 + n)}수"} for n in range(10)))
    id_ = (await intake.upload("applications", raw, {"programme": PROGRAMME})).json()["id"]
    await take_next(intake.service)
    who = Actor("staff", "kim", AGENCY, frozenset({"staff"}))

    class Killed(BaseException):
        pass

    async def killed() -> None:
        async with intake.service.database.unit_of_work(who, purposes.INTAKE) as tx:
            assert await actions.take_chunk(tx, Desk.of(intake.service), id_) == 3
            assert await take_next(intake.service) == 0  # another process finds it taken
            raise Killed

    for _ in range(2):
        with pytest.raises(Killed):
            await killed()
    half = (await intake.get(f"imports/{id_}")).json()
    assert (half["state"], half["done"], half["rows"], half["added"]) == ("working", 3, 10, 3)
    await intake.take()
    report = (await intake.get(f"imports/{id_}")).json()
    assert (report["state"], report["done"], report["added"], report["already_there"]) == ("done", 10, 10, [])
    assert (await counts(intake))["application"] == 10
    kept = await intake.fetch("select sealed from import_chunk where sealed is not null")
    keys = await intake.fetch("select 1 from import_report where wrapped_key is not null")
    assert (kept, keys) == ([], [])


async def test_an_import_that_fails_again_and_again_is_stopped_and_may_be_sent_again(
    intake: World, monkeypatch: Any
) -> None:
    await intake.market("Y22-001", "Y22-002")
    raw = file(GOOD)
    id_ = (await intake.upload("applications", raw, {"programme": PROGRAMME})).json()["id"]
    with monkeypatch.context() as broken:
        broken.setattr(actions, "unpack", lambda *_: 1 / 0)
        for _ in range(actions.ATTEMPTS_MAX):
            assert await take_next(intake.service) == 0
    report = (await intake.get(f"imports/{id_}")).json()
    assert (report["state"], report["fault"]["code"], report["done"]) == ("stopped", "import-failed", 0)
    assert (await intake.load(raw)).json()["added"] == 1


async def test_problems_come_page_by_page_and_as_a_file(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    bad = [GOOD | {"이름": "", "전화": "010-13", "비고": "=1+1"} for _ in range(120)]
    report = (await intake.load(file(GOOD, *bad, GOOD))).json()
    assert (report["refused"], len(report["problems"])) == (120, 100)
    first = (await intake.get(f"imports/{report['id']}/problems", params={"limit": 200})).json()
    rest = await intake.get(f"imports/{report['id']}/problems", params={"limit": 200, "after": first["next"]})
    lines = [one["line"] for one in (*first["items"], *rest.json()["items"])]
    assert (lines, rest.json()["next"]) == ([line for line in range(3, 123) for _ in range(2)], None)
    told = await intake.get(f"imports/{report['id']}/report", params={"format": "csv"})
    rows = list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert (len(rows), rows[1][:3], rows[-1][:2]) == (
        242,
        ["3", "반영되지 않음", "이름"],
        ["123", "이미 있음"],
    )
    sheet = [[cell.value for cell in row] for row in rows_of((await download(intake, report)).content)]
    assert [[str(cell or "") for cell in row] for row in sheet] == rows
    foreign = await intake.get(f"imports/{report['id']}/report", agency="daegu-volunteers")
    assert problem(foreign) == (404, "import-unknown")


def bomb(size: int, declared: int | None = None) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    raw = bytearray(buffer.getvalue())
    if declared is not None:
        true = size.to_bytes(4, "little")
        assert raw.count(true) == 2
        raw = bytearray(bytes(raw).replace(true, declared.to_bytes(4, "little")))
    return bytes(raw)


def entity() -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(
            "xl/sharedStrings.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
        )
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (bomb(2**28 + 1), "workbook-too-large"),
        (bomb(2**28 + 1, declared=1000), "workbook-broken"),
        (bomb(1_000_000, declared=1000), "workbook-broken"),
        (entity(), "workbook-broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "workbook-broken"),
        (b"PK\x03\x04" + bytes(100), "workbook-broken"),
        (book(["가"])[:-50], "workbook-broken"),
    ],
    ids=["large", "large, says small", "says small", "entities", "old or encrypted", "none", "cut"],
)
async def test_a_workbook_that_is_none_or_a_bomb_is_refused(intake: World, raw: bytes, code: str) -> None:
    headers = intake.headers() | {"Content-Type": XLSX}
    answer = await intake.client.post("/intake/imports/people", content=raw, headers=headers)
    assert problem(answer) == (422, code)


def test_rows_that_are_not_there_do_not_keep_it_busy() -> None:
    """A sheet of two rows, the second of which says that it is the 900 millionth."""
    raw = book(["이름"], ["홍길동"])
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(raw)) as old, ZipFile(buffer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.endswith("sheet1.xml"):
                assert b'<row r="2"' in text
                text = text.replace(b'<row r="2"', b'<row r="900000000"').replace(
                    b'r="A2"', b'r="A900000000"'
                )
            new.writestr(name, text)
    archives.check(buffer.getvalue())
    with pytest.raises(Refusal) as refused:
        packing.pack(buffer.getvalue(), uuid4(), bytes(32))
    assert refused.value.code == "workbook-too-large"
