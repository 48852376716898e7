"""The report: 100 columns, Korean first, and a failure that nobody can overlook."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from ieum.demo.letters import Sink
from ieum.demo.printing import WIDTH, show
from ieum.demo.summary import Summary
from ieum.demo.telling import _spread

DIGEST = "9abc2a304b90ebac5d0cdf0714744ee11dd6c0d79168032cabcab16f1c9c4f7e"


def summary(**changes: Any) -> Summary:
    made: dict[str, Any] = {
        "seed": 2022,
        "year": 2022,
        "programme": "yes-matching-2022",
        "programme_name": "2022년 청년사업장-청년잇기 예스매칭",
        "sizes": {"workplaces": 34, "places": 40, "youths": 400},
        "by_http": 94,
        "by_csv": 306,
        "files": [
            {
                "name": "a-2022-synthetic.csv",
                "agency": "a",
                "accepted": 306,
                "rejected": 1,
                "example": "긴 " * 80,
            }
        ],
        "funnel": dict.fromkeys(("registered", "applied", "eligible", "matched", "told", "logged"), 40),
        "checks": [{"ko": "신청 = 등록", "en": "applied = registered", "expected": 400, "found": 400}],
        "round": {
            "id": "01a203dd-e948-7d10-9ff7-d53360f70e1b",
            "official": "청년정책과 김서연 주무관",
            "applicants": 358,
            "places": 40,
            "matched": 40,
            "parties": ["platform", "대구참여연대(가상)"],
            **dict.fromkeys(("commitment", "seed", "market_digest", "result_digest", "lines_root"), DIGEST),
        },
        "answers": {"proposed": 46, "accepted": 40, "declined": 6, "moved_up": 6, "vacant": 0},
        "examples": [
            {
                "title": "배정됨",
                "title_en": "matched",
                "person": "우○○ 님",
                "application": "x",
                "sentences": ["가" * 150],
            }
        ],
        "life": {
            "person": "한○○ 님",
            "steps": [{"ko": "창구에서 한 번 이야기하였습니다.", "en": "She told her story once."}],
            "checks": [{"ko": "예비순번", "en": "number", "expected": 2, "found": 2}],
        },
        "latency": [{"to": "match event", "samples": 94, "p50_ms": 20.0, "p99_ms": 90.0}],
        "mails": 850,
        "log": {
            "ok": True,
            "size": 3468,
            "root": DIGEST,
            "checkpoint": "ieum.kr/daegu\n3468\n",
            "repeats": 0,
        },
        "addresses": {"intake": "http://127.0.0.1:8000/intake"},
        "folder": "/somewhere",
        "seconds": 30.0,
    }
    return Summary.model_validate(made | changes)


def printed(made: Summary) -> str:
    out = io.StringIO()
    show(made, Console(file=out, width=WIDTH, highlight=False))
    return out.getvalue()


def test_no_line_is_wider_than_a_hundred_columns() -> None:
    assert max(cell_len(line) for line in printed(summary()).splitlines()) <= WIDTH


def test_it_says_aloud_that_the_number_of_youths_is_invented() -> None:
    text = printed(summary())
    assert "청년 400명이라는 인원도 지어낸 수입니다" in text
    assert "the number of 400 youths is invented" in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"checks": [{"ko": "신청 = 등록", "en": "applied = registered", "expected": 400, "found": 399}]},
        {"log": {**summary().log.model_dump(), "ok": False, "problems": ["잎이 없습니다."]}},
    ],
    ids=["a number", "the log"],
)
def test_what_does_not_add_up_is_told_and_is_no_success(wrong: dict[str, Any]) -> None:
    made = summary(**wrong)
    assert not made.ok
    assert "맞지 않는 곳이 있습니다" in printed(made)
    assert "✗" in printed(made)


def test_the_summary_is_read_back_from_its_json() -> None:
    assert Summary.model_validate(json.loads(summary().model_dump_json())) == summary()


def test_percentiles_are_in_milliseconds_and_never_negative() -> None:
    assert _spread([-0.5, 0.1, 0.2]) == {"p50_ms": 100.0, "p99_ms": 198.0}
    assert _spread([]) == {"p50_ms": 0.0, "p99_ms": 0.0}


def test_only_new_letters_to_these_addresses_count(tmp_path: Path) -> None:
    def put(number: int, to: str) -> None:
        text = f"To: {to}\nMessage-ID: <{number}@x>\nSubject: s\n\nbody\n"
        (tmp_path / "new" / f"{number:08}.eml").write_text(text, encoding="ascii")

    (tmp_path / "new").mkdir()
    put(1, "a@mail.test")
    sink = Sink(tmp_path, ["a@mail.test"])
    put(2, "a@mail.test")
    put(3, "somebody@else.test")
    assert [letter.message_id for letter in sink.letters()] == ["<2@x>"]
