"""Cells of a row to values; each fault with its line, header and reason. Pure.

A fault never repeats a value: the report is stored, and values are personal data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar, cast

from ieum.common.events.intake import WORKING_TIMES, WorkingTime
from ieum.common.kernel.dates import parse_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import Kind, refusal
from ieum.common.service.city import City
from ieum.intake.imports.mapping import Layout
from ieum.intake.imports.packing import BROKEN, CELL_CHARACTERS_MAX, Packed

T = TypeVar("T")

_LISTED = re.compile(r"[,;/·]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SERIAL = re.compile(r"\d{4,5}(?:\.0+)?", re.ASCII)
_DAYS_FROM_1900_TO_1904 = 1462
_YES = frozenset({"예", "여", "유", "있음", "y", "yes", "o", "true", "1", "○"})
# 월오전 and mon-am are one time; mornings, afternoons and evenings stand in the order of the codes.
_SPOKEN = [f"{day}{part}" for day in "월화수목금토일" for part in ("오전", "오후", "저녁")]
_TIMES = dict(zip((*_SPOKEN, *WORKING_TIMES), WORKING_TIMES * 2, strict=True))
_NO = frozenset({"아니요", "아니오", "부", "무", "없음", "n", "no", "x", "false", "0", "×"})


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row was refused; `line` is the file's own, from 1; no column: the row as a whole."""

    line: int
    column: str | None
    code: str
    ko: str
    en: str


@dataclass
class Cells:
    """The cells of one row by our columns' names; what is wrong with them is noted."""

    row: Packed
    layout: Layout
    problems: list[Problem] = field(default_factory=list)

    def text(self, column: str) -> str:
        """What stands in a column, in our words."""
        place, _ = self.layout.columns.get(column, (-1, ""))
        found = self.row.cells[place] if 0 <= place < len(self.row.cells) else ""
        return self.layout.words.get(column, {}).get(found, found)

    def needed(self, column: str, read: Callable[[str], T]) -> T | None:
        """The value of a column that has to be filled in; None where it is wrong."""
        if self.text(column):
            return self.value(column, read)
        self.note(column, Refusal("missing", ko="필수 항목입니다.", en="This is required."))
        return None

    def value(self, column: str, read: Callable[[str], T]) -> T | None:
        """What a column says; None where it is empty or wrong."""
        text = self.text(column)
        if not text:
            return None
        try:
            return read(text)
        except Refusal as refused:
            self.note(column, refused)
            return None

    def note(self, column: str | None, refused: Refusal) -> None:
        """Something is wrong with a column of ours, which is told by its header in the file."""
        _, header = self.layout.columns.get(column or "", (-1, column))
        self.problems.append(Problem(self.row.line, header, refused.code, refused.ko, refused.en))

    def day(self, text: str) -> date:
        """The day meant, also by a number of a workbook that counts from 1904."""
        if self.layout.date_1904 and _SERIAL.fullmatch(text):
            return parse_date(str(int(float(text)) + _DAYS_FROM_1900_TO_1904))
        return parse_date(text)

    def is_whole(self) -> bool:
        """Whether the row can be looked at cell by cell; a forbidden number refuses all of it."""
        headers = self.layout.headers
        if self.row.fault:
            why = broken() if self.row.fault == BROKEN else refusal(cast("Kind", self.row.fault))
            header = headers.get(-1 if self.row.place is None else self.row.place)
            self.problems.append(Problem(self.row.line, header, why.code, why.ko, why.en))
            return False
        for place, text in enumerate(self.row.cells):
            if refused := _unfit(text, place, self.layout):
                header = headers.get(place)
                self.problems.append(Problem(self.row.line, header, refused.code, refused.ko, refused.en))
        return not self.problems


def _unfit(text: str, place: int, layout: Layout) -> Refusal | None:
    if text and place >= layout.width:
        return Refusal(
            "csv-too-many-cells",
            ko="머리글보다 칸이 많습니다.",
            en="The row has more cells than the header.",
        )
    if place not in layout.headers or not text:
        return None
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


def broken() -> Refusal:
    """The answer to a row of a CSV file whose quotes do not match."""
    return Refusal(
        "csv-broken",
        ko="따옴표가 맞지 않아 행을 읽을 수 없습니다.",
        en="The row cannot be read: its quotes do not match.",
    )


def district(text: str, city: City, today: date) -> str:
    """The code of a district by its Korean name, with or without the city's before it, or by its code."""
    found = city.district_named(text, today) or city.district_named(text.rsplit(maxsplit=1)[-1], today)
    found = found or city.district_at(text, today)
    if found is None:
        raise Refusal(
            "district-unknown",
            ko="구·군 이름을 찾을 수 없습니다. 예: 달서구",
            en="There is no such district. Write it like 달서구.",
        )
    return found.code


def one_of(words: Mapping[str, T]) -> Callable[[str], T]:
    """A reader of one of these words; raises Refusal `not-allowed`."""

    def read(text: str) -> T:
        if text not in words:
            allowed = ", ".join(words)
            raise Refusal(
                "not-allowed",
                ko=f"다음 가운데 하나여야 합니다: {allowed}",
                en=f"It must be one of {allowed}.",
            )
        return words[text]

    return read


def yes_or_no(text: str) -> bool:
    """여 or 부, 예 or 아니요, Y or N, O or X …; raises Refusal `not-allowed`."""
    said = text.casefold()
    if said in _YES or said in _NO:
        return said in _YES
    return one_of({"예": True, "아니요": False})(text)


def listed(text: str) -> list[str]:
    """Items apart by commas, semicolons, slashes or middle dots."""
    return list(dict.fromkeys(part for item in _LISTED.split(text) if (part := item.strip())))


def working_times(text: str) -> list[WorkingTime]:
    """Times apart as in `listed`, each like 월 오전 or mon-am; raises Refusal `not-allowed`."""
    said = [_TIMES.get(one.replace(" ", "").casefold()) for one in listed(text)]
    if None in said:
        raise Refusal(
            "not-allowed",
            ko="요일과 오전, 오후, 저녁으로 적어 주십시오. 예: 월 오전, 화 저녁",
            en="Write a weekday with 오전, 오후 or 저녁, like 월 오전, 화 저녁.",
        )
    return list(dict.fromkeys(one for one in said if one is not None))


def listed_fields(text: str) -> list[str]:
    """Fields of work: their names have the dot themselves (문화·예술·디자인·방송)."""
    return list(dict.fromkeys(part for item in re.split(r"[,;/]", text) if (part := item.strip())))
