"""Imports over HTTP on a real Postgres: good rows once, bad rows with their place, no value in clear."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ieum.demo.sample import generate
from ieum.intake.imports.domain import COLUMNS

from .world import CLEAR, HONG, PROGRAMME, World, problem

pytestmark = pytest.mark.servers

GOOD = {
    "이름": "홍길동", "생년월일": "1997.3.5", "전화": "10 0123 4567", "이메일": "hong@mail.ieum.test",
    "구군": "달서구", "이사예정": "", "취업상태": "미취업", "기술": "판소리, 엑셀", "희망분야": "정보통신",
    "희망1": "Y22-001", "희망2": "Y22-002", "희망3": "", "희망4": "", "희망5": "", "비고": "합성자료",
}  # fmt: skip


def file(*rows: Mapping[str, str], columns: Sequence[str] = COLUMNS, encoding: str = "cp949") -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode(encoding)


async def counts(intake: World) -> dict[str, int]:
    tables = ("person", "person_key", "application", "outbox")
    return {name: (await intake.fetch(f"select count(*) from {name}"))[0][0] for name in tables}


async def test_a_400_row_cp949_file_twice_adds_nothing(intake: World) -> None:
    """Also under another key, and with an added row only that row is new."""
    sample = generate(seed=7, year=2022, people=400)
    await intake.market(*(one.code for one in sample.workplaces))
    rows = [
        GOOD
        | {
            "이름": one.name,
            "생년월일": f"{one.birth_date:%Y.%m.%d}",
            "전화": one.phone.replace("-", ""),
            "이메일": one.email,
            **{f"희망{n}": code for n, code in enumerate([*one.choices, "", "", "", ""][:5], start=1)},
        }
        for one in sample.people
    ]
    raw = file(*rows)
    first = await intake.load(raw, key="a")
    assert first.status_code == 200, first.text
    shown = first.json()
    assert (shown["rows"], shown["added"], shown["refused"], shown["encoding"]) == (400, 400, 0, "cp949")
    held = await counts(intake)
    assert (held["person"], held["person_key"], held["application"]) == (400, 1200, 400)
    assert (await intake.load(raw, key="a")).json() == shown
    again = (await intake.load(raw, key="b")).json()
    assert (again["added"], again["already_there_count"], again["same_as"]) == (0, 400, shown["id"])
    more = (await intake.load(file(*rows, GOOD), key="c")).json()
    assert (more["rows"], more["added"], more["already_there_count"]) == (401, 1, 400)
    after = await counts(intake)
    assert {name: after[name] - held[name] for name in held} == {
        "person": 1, "person_key": 3, "application": 1, "outbox": 5,
    }  # fmt: skip


async def test_every_file_of_the_sample_is_taken_but_for_its_bad_rows(intake: World) -> None:
    """The sample says which rows it spoilt: exactly those are refused, at exactly that column."""
    sample = generate(seed=3, year=2022, people=120)
    await intake.market(*(one.code for one in sample.workplaces))
    for name, text in sample.files.items():
        shown = (await intake.load(text.encode("cp949"))).json()
        bad = [(row.line, row.column) for row in sample.bad_rows if row.file == name]
        assert [(one["line"], one["column"]) for one in shown["problems"]] == bad
        assert shown["refused"] == len(bad)
        assert shown["added"] == shown["rows"] - len(bad)
    assert (await counts(intake))["application"] == len(sample.by_csv)
    dump = await intake.dump()
    assert "950101-1234567" not in dump
    assert [one.ref for one in sample.by_csv if one.name in dump or one.email in dump] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
async def test_utf8_and_cp949_give_the_same(intake: World, encoding: str) -> None:
    await intake.market("Y22-001", "Y22-002")
    shown = (await intake.load(file(GOOD, encoding=encoding))).json()
    assert (shown["added"], shown["encoding"]) == (1, encoding)
    found = (await intake.get("people", params={"phone": "010-0123-4567"})).json()["items"]
    clear = (await intake.get(f"people/{found[0]['id']}", params={"reveal": "확인"})).json()
    assert clear["contact"]["name"] == "홍길동"
    assert clear["profile"]["skills"] == ["판소리", "엑셀"]
    dump = await intake.dump()
    assert [one for one in (*CLEAR, "합성자료") if one in dump] == []


async def test_working_times_are_read_as_spoken_and_refused_by_their_column(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    said = GOOD | {"가능시간": "월 오전, 화저녁; mon-am"}
    wrong = GOOD | {"이름": "홍길순", "전화": "010-0123-4599", "가능시간": "월 새벽"}
    shown = (await intake.load(file(said, wrong))).json()
    assert [(one["column"], one["code"]) for one in shown["problems"]] == [("가능시간", "not-allowed")]
    found = (await intake.get("people", params={"phone": "010-0123-4567"})).json()["items"]
    clear = (await intake.get(f"people/{found[0]['id']}", params={"reveal": "확인"})).json()
    assert clear["profile"]["working_times"] == ["mon-am", "tue-eve"]


async def test_bad_rows_are_reported_with_line_column_and_reason_and_good_ones_kept(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    shown = (
        await intake.load(
            file(
                GOOD,
                GOOD | {"이름": "", "전화": "010-13", "생년월일": "2001.2.30"},
                {},
                GOOD | {"이름": "홍길순", "비고": '따옴표 " 쉼표,\n줄바꿈'},
                GOOD | {"이름": "김철수", "희망2": "Y22-999"},
                GOOD | {"이름": "김철수", "희망2": "", "희망3": "Y22-001"},
                GOOD | {"이름": "김철수", "희망1": "", "희망2": ""},
                GOOD | {"이름": "김철수", "기술": "엑셀 900101-1234567", "전화": "010-13"},
                GOOD | {"이름": "김철수", "구군": "없는구", "취업상태": "쉼"},
                GOOD,
            )
        )
    ).json()
    assert [(one["line"], one["column"], one["code"]) for one in shown["problems"]] == [
        (3, "이름", "missing"),
        (3, "생년월일", "date-not-real"),
        (3, "전화", "phone-number"),
        (7, "희망2", "choice-unknown"),
        (8, "희망3", "choice-duplicate"),
        (9, "희망1", "choice-too-few"),
        (10, "기술", "forbidden-number"),
        (11, "구군", "district-unknown"),
        (11, "취업상태", "not-allowed"),
    ]
    assert (shown["rows"], shown["added"], shown["refused"], shown["already_there"]) == (9, 2, 6, [12])
    assert all(one["ko"] and one["en"] for one in shown["problems"])
    assert (await intake.get(f"imports/{shown['id']}")).json() == shown
    dump = await intake.dump()
    assert [one for one in ("900101", "1234567", "없는구", "010-13", "김철수") if one in dump] == []


async def test_a_file_may_come_after_the_days_of_application_with_the_day_of_receipt(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    intake.advance(days=60)
    raw = file(GOOD)
    assert problem(await intake.load(raw)) == (422, "programme-closed")
    made = await intake.load(raw, received_on="2022-02-20")
    assert made.json()["added"] == 1, made.text
    (row,) = await intake.fetch("select submitted_at::date::text as day from application")
    assert row["day"] in {"2022-02-19", "2022-02-20"}  # midnight in Korea, in the server's own time zone


async def test_a_broken_quote_costs_its_row_alone(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    head, good = file(GOOD, encoding="utf-8").decode().split("\r\n")[:2]
    other = good.replace("홍길동", "홍길순")
    broken = '"' + good.replace("홍길동", "김철수")
    shown = (await intake.load(f"{head}\r\n{broken}\r\n{good}\r\n{other}".encode())).json()
    assert [(one["line"], one["column"], one["code"]) for one in shown["problems"]] == [
        (2, None, "csv-broken")
    ]
    assert (shown["rows"], shown["added"]) == (3, 2)


async def test_who_is_registered_already_is_taken_as_the_same_person(intake: World) -> None:
    """By name, birth date and phone; whoever withdrew is not put back by a file."""
    await intake.market("Y22-001", "Y22-002")
    person = await intake.person()
    assert (await intake.load(file(GOOD))).json()["added"] == 1
    (row,) = await intake.fetch("select id, person, channel, agency from application")
    assert (str(row["person"]), row["channel"], row["agency"]) == (person, "csv", "daegu-youth-centre")
    await intake.post(f"applications/{row['id']}/withdrawal")
    assert (await intake.load(file(GOOD | {"비고": "다시"}))).json()["already_there"] == [2]


async def test_the_same_file_does_not_bring_back_an_erased_person(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    raw = file(GOOD)
    await intake.load(raw)
    (row,) = await intake.fetch("select id from person")
    assert (await intake.post(f"people/{row['id']}/erasure")).status_code == 201
    assert (await intake.load(raw)).json()["added"] == 0
    assert len(await intake.fetch("select 1 from person")) == 1


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 422, "csv-empty"),
        (b"\xff\xfe\x00a", 422, "encoding-unknown"),
        ("이름,전화\r\n홍길동,010-0123-4567\r\n".encode(), 422, "csv-header"),
        ("홍길동,1997.3.5,010-0123-4567\r\n".encode(), 422, "csv-header"),
        (file(GOOD, columns=(*COLUMNS, "이름")), 422, "csv-header"),
    ],
)
async def test_a_file_that_is_none_is_refused_as_a_whole_and_not_repeated(
    intake: World, raw: bytes, status: int, code: str
) -> None:
    await intake.market("Y22-001")
    answer = await intake.load(raw)
    assert problem(answer) == (status, code)
    assert "홍길동" not in answer.text


async def test_what_an_import_needs(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    raw = file(GOOD)
    assert problem(await intake.load(raw, programme="nobody-knows")) == (422, "programme-unknown")
    assert problem(await intake.load(raw, role="citizen"))[0] == 403
    sent: dict[str, Any] = {"params": {"programme": PROGRAMME}, "content": raw}
    url = "/intake/imports/applications"
    other = await intake.client.post(url, **sent, headers=intake.headers() | {"Content-Type": "text/plain"})
    assert problem(other) == (415, "csv-expected")
    headers = intake.headers() | {"Content-Type": "text/csv"}
    del headers["Idempotency-Key"]
    assert problem(await intake.client.post(url, **sent, headers=headers)) == (400, "idempotency-key-missing")
    large = await intake.load(raw + b"\r\n" * (16 * 1024 * 1024 + 1))
    assert problem(large) == (413, "body-too-large")
    made = (await intake.load(raw + b"\r\n" * 1_000_000)).json()  # 2 MB: over the limit of other routes
    assert made["added"] == 1
    foreign = await intake.get(f"imports/{made['id']}", agency="daegu-volunteers")
    assert problem(foreign) == (404, "import-unknown")
    refused = await intake.get(f"imports/{made['id']}", role="operator", agency=None)
    assert problem(refused) == (403, "forbidden")
    assert HONG["name"] not in str(made)
