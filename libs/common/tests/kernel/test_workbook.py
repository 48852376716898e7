"""Workbooks of ours as another implementation reads them."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import openpyxl

from ieum.common.kernel.workbook import Workbook, neutral


def read(raw: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def here(*parts: int) -> datetime:
    """A moment as a cell has it: in Korea, and not saying so."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc, arg-type]


def test_types_stay_what_they_are() -> None:
    book = Workbook("신청자", ["이름", "전화", "생년월일", "접수", "수", "예"])
    book.add(
        [["홍길동 <&\"'>", "010-0123-4567", date(1997, 3, 5), datetime(2022, 2, 15, 3, 4, tzinfo=UTC), 7]]
    )
    book.add([["둘\x00째\n줄", "", None, datetime(2022, 2, 28, 15, 30, tzinfo=UTC), -3, True]])
    assert read(book.finish())[1:] == [
        ["홍길동 <&\"'>", "010-0123-4567", here(1997, 3, 5), here(2022, 2, 15, 12, 4), 7, None],
        ["둘\ufffd째\n줄", None, None, here(2022, 3, 1, 0, 30), -3, True],
    ]


def test_nothing_is_taken_for_a_formula() -> None:
    bad = ["=1+1", "+82 10", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
    book = Workbook("x", ["머리글", "=머리글"])
    book.add([bad])
    sheet = openpyxl.load_workbook(io.BytesIO(book.finish())).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()][1] == [neutral(one) for one in bad]
    assert all(cell.data_type == "s" for row in sheet.iter_rows() for cell in row if cell.value)
    assert neutral("1-2") == "1-2"


def test_columns_beyond_z_have_their_names() -> None:
    book = Workbook("x", [str(place) for place in range(60)])
    assert read(book.finish())[0][-1] == "59"
