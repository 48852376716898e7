"""A table as a file: a workbook, or CSV in UTF-8, or in CP949 with a list of what that cannot write. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZipFile

from ieum.common.kernel.csvtext import cp949_losses
from ieum.common.kernel.dates import KST
from ieum.common.kernel.workbook import MEDIA_TYPE, Cell, Workbook, neutral

Format = Literal["xlsx", "csv", "csv-cp949"]
Row = Sequence[Cell]

REPLACED = "?"
_LOST_HEADER = ("행", "열", "글자", "유니코드")


@dataclass(frozen=True)
class File:
    """A file to be taken away; `rows` are those below its header."""

    name: str
    media_type: str
    raw: bytes
    rows: int

    @property
    def disposition(self) -> str:
        """The header Content-Disposition (RFC 6266), for a name in Hangul."""
        return f"attachment; filename*=UTF-8''{quote(self.name)}"


class Table(Protocol):
    """What rows are written into."""

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows."""
        ...

    def finish(self) -> File:
        """The file."""
        ...


def begin(format_: Format, title: str, header: Sequence[str]) -> Table:
    """An empty table with its header."""
    match format_:
        case "xlsx":
            return _Excel(title, header)
        case "csv":
            return _Csv(title, header)
        case "csv-cp949":
            return _Cp949(title, header)


class _Excel:
    def __init__(self, title: str, header: Sequence[str]) -> None:
        self._title, self._book, self._rows = title, Workbook(title, header), 0

    def add(self, rows: Iterable[Row]) -> None:
        found = list(rows)
        self._book.add(found)
        self._rows += len(found)

    def finish(self) -> File:
        return File(f"{self._title}.xlsx", MEDIA_TYPE, self._book.finish(), self._rows)


class _Csv:
    def __init__(self, title: str, header: Sequence[str]) -> None:
        self._title, self._rows = title, -1
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text)
        self.add([header])

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._writer.writerow([_text(value) for value in row])
            self._rows += 1

    def finish(self) -> File:
        raw = self._text.getvalue().encode("utf-8-sig", errors="replace")
        return File(f"{self._title}.csv", "text/csv; charset=utf-8", raw, self._rows)


class _Cp949(_Csv):
    """A ZIP archive of the file in CP949 and of what that could not write: row, column, character."""

    def __init__(self, title: str, header: Sequence[str]) -> None:
        self._lost: list[tuple[int, str, str, str]] = []
        self._header = header
        super().__init__(title, header)

    def add(self, rows: Iterable[Row]) -> None:
        found = list(rows)
        for line, row in enumerate(found, start=self._rows + 2):
            for name, value in zip(self._header, row, strict=True):
                for _, _, char in cp949_losses(_text(value)):
                    self._lost.append((line, name, char, f"U+{ord(char):04X}"))
        super().add(found)

    def finish(self) -> File:
        lost = io.StringIO(newline="")
        csv.writer(lost).writerows([_LOST_HEADER, *self._lost])
        raw = io.BytesIO()
        with ZipFile(raw, "w", ZIP_DEFLATED) as archive:
            archive.writestr("data.csv", self._text.getvalue().encode("cp949", errors="replace"))
            archive.writestr("unwritable.csv", lost.getvalue().encode("utf-8-sig", errors="replace"))
        return File(f"{self._title}.zip", "application/zip", raw.getvalue(), self._rows)


def _text(value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "예" if value else "아니요"
        case datetime():
            return f"{value.astimezone(KST):%Y-%m-%d %H:%M}"
        case date():
            return value.isoformat()
        case int():
            return str(value)
        case str():
            return neutral(value)
