"""The files agencies send: CP949, Korean headers, dates and phones as people write them, a few bad rows."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING

from ieum.demo.sample.model import SYNTHETIC, BadRow, Person, Sample
from ieum.demo.sample.world import DISTRICT_NAMES, EMPLOYMENT_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from random import Random

CHOICE_COLUMNS = ("희망1", "희망2", "희망3", "희망4", "희망5")
COLUMNS = (
    "이름", "생년월일", "전화", "이메일", "구군", "이사예정", "취업상태", "기술", "희망분야",
    *CHOICE_COLUMNS, "비고",
)  # fmt: skip
BAD_VALUES = (  # column, what is written there, why it is turned away
    ("이름", "", "no name"),
    ("생년월일", "2001.2.30", "a day that does not exist"),
    ("전화", "010-12", "too few digits"),
    ("구군", "없는구", "no such district"),
    ("희망1", "{code}-999", "no such opening"),
    ("기술", "엑셀, 950101-1234567", "a resident registration number"),
)
_EXCEL_DAY_ZERO = date(1899, 12, 30)

Row = dict[str, str]


def agency_files(
    rng: Random, year: int, people: Iterable[Person]
) -> tuple[dict[str, str], tuple[BadRow, ...]]:
    """Each agency's file as text, by file name, with the bad rows put among the good ones.

    A bad row is a person of its own, otherwise good, with one value spoilt.
    """
    rows: dict[str, list[tuple[Row, tuple[str, str] | None]]] = {}
    for person in people:
        rows.setdefault(_file_name(person.agency, year), []).append((_row(rng, person), None))
    for number, (column, value, why) in enumerate(BAD_VALUES if rows else (), start=1):
        rows_of = rows[rng.choice(sorted(rows))]
        good = [row for row, spoilt in rows_of if spoilt is None]
        row = _spoilt(rng.choice(good), number, column, value.format(code=f"Y{year % 100:02}"), year)
        rows_of.insert(rng.randint(0, len(rows_of)), (row, (column, why)))
    bad = tuple(
        BadRow(name, line, *spoilt)
        for name in sorted(rows)
        for line, (_, spoilt) in enumerate(rows[name], start=2)
        if spoilt is not None
    )
    return {name: _text([row for row, _ in rows[name]]) for name in sorted(rows)}, bad


def write_csv(sample: Sample, folder: Path) -> list[Path]:
    """Write the agencies' files as CP949 with CRLF; the same sample gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in sample.files]
    for path in paths:
        path.write_bytes(sample.files[path.name].encode("cp949"))
    return paths


def _file_name(agency: str, year: int) -> str:
    return f"{agency}-{year}-synthetic.csv"


def _text(rows: Sequence[Row]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def _row(rng: Random, person: Person) -> Row:
    choices = dict(zip(CHOICE_COLUMNS, [*person.choices, "", "", "", "", ""], strict=False))
    return {
        "이름": person.name,
        "생년월일": _written_date(rng, person.birth_date),
        "전화": _written_phone(rng, person.phone),
        "이메일": person.email,
        "구군": DISTRICT_NAMES[person.district],
        "이사예정": _written_date(rng, person.moving_in) if person.moving_in else "",
        "취업상태": EMPLOYMENT_NAMES[person.employment],
        "기술": ", ".join(person.skills),
        "희망분야": ", ".join(person.fields),
        **choices,
        "비고": SYNTHETIC,
    }


def _spoilt(like: Row, number: int, column: str, value: str, year: int) -> Row:
    """A good row, made somebody else's (010-0999 is nobody's within the sample), with one value spoilt."""
    email = f"bad{year % 100:02}-{number}@mail.ieum.test"
    return {**like, "이름": "홍길동", "전화": f"010-0999-{number:04}", "이메일": email, column: value}


def _written_date(rng: Random, day: date) -> str:
    """A date as people and Excel write it."""
    return rng.choice(
        [
            f"{day:%Y-%m-%d}",
            f"{day.year}.{day.month}.{day.day}",
            f"{day.year}. {day.month}. {day.day}.",
            f"{day:%Y%m%d}",
            f"{day.year}/{day.month}/{day.day}",
            f"{day.year}년 {day.month}월 {day.day}일",
            str((day - _EXCEL_DAY_ZERO).days),
        ]
    )


def _written_phone(rng: Random, phone: str) -> str:
    """A phone as people write it; where Excel took it for a number, its zero is lost."""
    digits = phone.replace("-", "")
    ways = [phone, digits, digits[1:], phone.replace("-", " "), f"+82 {phone[1:]}"]
    return rng.choices(ways, [50, 20, 15, 8, 7])[0]
