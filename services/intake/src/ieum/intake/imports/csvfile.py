"""Bytes of a CSV file to records with their lines; a broken record costs itself, not what follows. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ieum.common.kernel.csvtext import Encoding, decode
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.korean import normalise

ROWS_MAX = 10_000
# A quote that is never closed would swallow the rest of the file: a record ends within so many lines.
RECORD_LINES_MAX = 20


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the file: where it begins (the header is line 1) and its cells; None where it is broken."""

    line: int
    cells: Sequence[str] | None


@dataclass(frozen=True)
class Table:
    """A file as read: the place of each column, and the rows that are not empty."""

    encoding: Encoding
    columns: Mapping[str, int]
    width: int
    records: Sequence[Record]


def read(raw: bytes, known: Sequence[str], required: Sequence[str]) -> Table:
    """The table of a file; raises Refusal where the file as a whole cannot be read.

    That is `encoding-unknown`, `csv-empty`, `csv-header` or `csv-too-many-rows`.
    """
    text, encoding = decode(raw)
    header, *records = [record for record in _records(text) if record.cells != []] or [Record(1, None)]
    if header.cells is None:
        raise Refusal(
            "csv-empty",
            ko="파일에 머리글 행이 없습니다.",
            en="The file has no header row.",
        )
    if len(records) > ROWS_MAX:
        raise Refusal(
            "csv-too-many-rows",
            ko=f"한 파일에 {ROWS_MAX:,}행까지 올리실 수 있습니다. 나누어 올려 주십시오.",
            en=f"A file has at most {ROWS_MAX:,} rows. Please split it.",
        )
    columns = _columns(header.cells, known, required)
    return Table(encoding, columns, len(header.cells), records)


def _records(text: str) -> Iterator[Record]:
    lines = list(io.StringIO(text, newline=""))
    at = 0
    while at < len(lines):
        reader = csv.reader(lines[at : at + RECORD_LINES_MAX], strict=True)
        try:
            cells = [cell.strip() for cell in next(reader)]
        except csv.Error:
            yield Record(at + 1, None)
            at += 1
            continue
        yield Record(at + 1, cells if any(cells) else [])
        at += reader.line_num


def _columns(header: Sequence[str], known: Sequence[str], required: Sequence[str]) -> dict[str, int]:
    """The place of each column. What is not known is told by place: without a header it may be a name."""
    names = [normalise(cell) for cell in header]
    unknown = [place for place, name in enumerate(names, start=1) if name and name not in known]
    missing = [name for name in required if name not in names]
    doubled = sorted({name for name in names if name in known and names.count(name) > 1})
    if unknown or missing or doubled:
        raise _header(unknown, missing, doubled)
    return {name: place for place, name in enumerate(names) if name}


def _header(unknown: Sequence[int], missing: Sequence[str], doubled: Sequence[str]) -> Refusal:
    ko, en = [], []
    if missing:
        ko.append(f"없는 열: {', '.join(missing)}")
        en.append(f"missing: {', '.join(missing)}")
    if unknown:
        places = ", ".join(map(str, unknown[:20]))
        ko.append(f"알 수 없는 열: {places}번째")
        en.append(f"unknown, by place: {places}")
    if doubled:
        ko.append(f"두 번 나오는 열: {', '.join(doubled)}")
        en.append(f"twice: {', '.join(doubled)}")
    return Refusal(
        "csv-header",
        ko=f"머리글을 확인해 주시기 바랍니다. {'; '.join(ko)}",
        en=f"Please check the header. {'; '.join(en)}",
    )
