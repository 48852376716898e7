"""Rows of an agency's file to people and their choices; each fault with its line, column and reason. Pure.

A fault never repeats a value: the report is stored, and values are personal data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal, TypeVar

from ieum.common.events.intake import PersonContact, PersonProfile
from ieum.common.kernel.csvtext import Encoding
from ieum.common.kernel.dates import parse_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.kernel.phones import to_e164
from ieum.common.service.city import City
from ieum.intake.imports import csvfile
from ieum.intake.imports.csvfile import Record, Table
from ieum.intake.people import domain as people
from ieum.intake.people.domain import NewPerson

CHOICES = ("희망1", "희망2", "희망3", "희망4", "희망5")
REQUIRED = ("이름", "생년월일", "전화", "구군", "취업상태", "희망1")
COLUMNS = (*REQUIRED[:3], "이메일", "구군", "이사예정", "취업상태", "기술", "희망분야", *CHOICES, "비고")
CELL_CHARACTERS_MAX = 500

Employment = Literal["unemployed", "employed", "self-employed", "student"]
_EMPLOYMENT: dict[str, Employment] = {
    "미취업": "unemployed",
    "취업": "employed",
    "자영업": "self-employed",
    "학생": "student",
}
_LISTED = re.compile(r"[,;/·]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was refused; `line` counts from 1, the header being 1; no column: the row as a whole."""

    line: int
    column: str | None
    code: str
    ko: str
    en: str

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return asdict(self)


@dataclass(frozen=True)
class Row:
    """A good row: the person, and the codes of the openings wanted with the columns they stand in."""

    line: int
    person: NewPerson
    choices: Sequence[tuple[str, str]]
    note: str


@dataclass(frozen=True)
class File:
    """A file as read. `rows` may still be refused for their choices, which the database knows."""

    encoding: Encoding
    rows: Sequence[Row]
    problems: Sequence[Problem]

    @property
    def count(self) -> int:
        """How many rows it has."""
        return len(self.rows) + len({problem.line for problem in self.problems})


@dataclass
class _Reader:
    """Reads the cells of one row, noting what is wrong with each."""

    record: Record
    table: Table
    problems: list[Problem] = field(default_factory=list)

    def text(self, column: str) -> str:
        place = self.table.columns.get(column)
        cells = self.record.cells or ()
        return cells[place] if place is not None and place < len(cells) else ""

    def value(self, column: str, read_: Callable[[str], T]) -> T | None:
        """What the cell says; None where it is empty or wrong."""
        text = self.text(column)
        if not text:
            if column in REQUIRED and column not in CHOICES:
                self.note(column, Refusal("missing", ko="필수 항목입니다.", en="This is required."))
            return None
        try:
            return read_(text)
        except Refusal as refused:
            self.note(column, refused)
            return None

    def note(self, column: str | None, refused: Refusal) -> None:
        self.problems.append(Problem(self.record.line, column, refused.code, refused.ko, refused.en))


def read(raw: bytes, city: City, today: date) -> File:
    """The rows of a file, as of a day in Korea; raises Refusal where no row of it can be read."""
    table = csvfile.read(raw, COLUMNS, REQUIRED)
    rows: list[Row] = []
    problems: list[Problem] = []
    for record in table.records:
        reader = _Reader(record, table)
        if (row := _row(reader, city, today)) is not None:
            rows.append(row)
        problems += reader.problems
    return File(table.encoding, rows, problems)


def _row(cells: _Reader, city: City, today: date) -> Row | None:
    if not _is_whole(cells):
        return None
    name = cells.value("이름", people.name_of)
    born = cells.value("생년월일", lambda text: people.birth_date_alone(text, today))
    phone = cells.value("전화", to_e164)
    email = cells.value("이메일", people.email_of)
    district = cells.value("구군", lambda text: _district(text, city, today))
    moving_in = cells.value("이사예정", parse_date)
    employment = cells.value("취업상태", _employment)
    if cells.problems or not (name and born and district and employment):
        return None
    profile = PersonProfile(
        birth_date=born,
        employment=employment,
        moving_in=moving_in,
        skills=_listed(cells.text("기술")),
        fields=_listed_fields(cells.text("희망분야")),
    )
    person = NewPerson(PersonContact(name=name, phone=phone, email=email), profile, district)
    choices = [(column, text) for column in CHOICES if (text := cells.text(column))]
    return Row(cells.record.line, person, choices, cells.text("비고"))


def _is_whole(cells: _Reader) -> bool:
    """Whether the row can be looked at cell by cell; a forbidden number refuses all of it."""
    if cells.record.cells is None:
        cells.note(
            None,
            Refusal(
                "csv-broken",
                ko="따옴표가 맞지 않아 행을 읽을 수 없습니다.",
                en="The row cannot be read: its quotes do not match.",
            ),
        )
        return False
    names = {place: name for name, place in cells.table.columns.items()}
    for place, text in enumerate(cells.record.cells):
        if found := find_forbidden(text):
            cells.note(names.get(place), refusal(found.kind))
            return False
        if refused := _unfit(text, place >= cells.table.width):
            cells.note(names.get(place), refused)
    return not cells.problems


def _unfit(text: str, beyond: bool) -> Refusal | None:
    if beyond and text:
        return Refusal(
            "csv-too-many-cells",
            ko="머리글보다 칸이 많습니다.",
            en="The row has more cells than the header.",
        )
    if len(text) > CELL_CHARACTERS_MAX:
        return Refusal(
            "too-long",
            ko=f"{CELL_CHARACTERS_MAX}자 이하여야 합니다.",
            en=f"At most {CELL_CHARACTERS_MAX} characters are allowed.",
        )
    if _CONTROL.search(text):
        return Refusal(
            "forbidden-character",
            ko="사용할 수 없는 문자가 있습니다.",
            en="The text holds a character that is not allowed.",
        )
    return None


def _district(text: str, city: City, today: date) -> str:
    """The code of a district by its Korean name, with or without the city's before it."""
    found = city.district_named(text, today) or city.district_named(text.rsplit(maxsplit=1)[-1], today)
    if found is None:
        raise Refusal(
            "district-unknown",
            ko="구·군 이름을 찾을 수 없습니다. 예: 달서구",
            en="There is no such district. Write it like 달서구.",
        )
    return found.code


def _employment(text: str) -> Employment:
    if text not in _EMPLOYMENT:
        allowed = ", ".join(_EMPLOYMENT)
        raise Refusal(
            "not-allowed",
            ko=f"다음 가운데 하나여야 합니다: {allowed}",
            en=f"It must be one of {allowed}.",
        )
    return _EMPLOYMENT[text]


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(part for item in _LISTED.split(text) if (part := item.strip())))


def _listed_fields(text: str) -> list[str]:
    """Fields of work: their names have the dot themselves (문화·예술·디자인·방송)."""
    return list(dict.fromkeys(part for item in re.split(r"[,;/]", text) if (part := item.strip())))
