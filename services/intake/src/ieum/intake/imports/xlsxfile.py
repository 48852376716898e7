"""Bytes of an Excel workbook to records with their lines: its first visible sheet, values as text.

Read row by row (openpyxl's read-only mode). Formulas are not run: the value that Excel saved counts.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zipfile import BadZipFile

from ieum.intake.imports import archives
from ieum.intake.imports.sheet import COLUMNS_MAX, ROWS_MAX, Record, Sheet, begin

SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a workbook begins: a ZIP archive, or the container of old and of encrypted ones, which is refused."""

_MAC_YEAR = 1904
"""From which old Macintosh workbooks count days."""
_LINES_MAX = ROWS_MAX * 2
"""Rows that are not there are counted too: one alone may say that it is the billionth."""
_READING = (
    BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    SyntaxError,
)
"""What openpyxl raises over files that are not what they should be; a ParseError is a SyntaxError."""


def read(raw: bytes) -> Sheet:
    """The header and, one by one, the rows that are not empty.

    Raises Refusal `workbook-broken`, `workbook-too-large` or `csv-empty`; so may going through the records.
    """
    if not raw.startswith(SIGNATURES[0]):
        raise archives.broken()
    archives.check(raw)
    import openpyxl  # here: a tenth of the service's start, for what comes once a week

    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        sheet: Any = next(one for one in book.worksheets if one.sheet_state == "visible")
        sheet.reset_dimensions()  # a sheet may say less than it holds
        rows = sheet.iter_rows(values_only=True)
    except (*_READING, StopIteration):
        raise archives.broken() from None
    return begin("xlsx", _records(rows), date_1904=book.epoch.year == _MAC_YEAR)


def _records(rows: Iterator[Sequence[Any]]) -> Iterator[Record]:
    line = 0
    while True:
        try:
            row = next(rows, None)
        except _READING:
            raise archives.broken() from None
        if row is None:
            return
        line += 1
        if line > _LINES_MAX or len(row) > COLUMNS_MAX:
            raise archives.too_large()
        cells = [_text(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield Record(line, cells)


def _text(value: Any) -> str:  # noqa: PLR0911 - one line a type
    """A cell as a person reads it: days without their midnight, whole numbers without a decimal point."""
    match value:
        case None:
            return ""
        case str():
            return value.strip()
        case bool():
            return "예" if value else "아니요"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)
