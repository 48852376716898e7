"""Bytes of a CSV file to records with their lines; a broken record costs itself, not what follows. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ieum.common.kernel.csvtext import decode
from ieum.intake.imports.sheet import Record, Sheet, begin

# A quote that is never closed would swallow the rest of the file: a record ends within so many lines.
RECORD_LINES_MAX = 20


def read(raw: bytes) -> Sheet:
    """The header and, one by one, the rows that hold something; raises `encoding-unknown`, `csv-empty`."""
    text, encoding = decode(raw)
    return begin(encoding, (record for record in _records(text) if record.cells != []))


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
