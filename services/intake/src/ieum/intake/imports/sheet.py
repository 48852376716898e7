"""A table as a file holds it: a header, and records that come one by one with their lines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ieum.common.kernel.csvtext import Encoding
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.korean import normalise

Format = Encoding | Literal["xlsx"]

ROWS_MAX = 200_000
COLUMNS_MAX = 200


@dataclass(frozen=True, slots=True)
class Record:
    """A row of the file: where it begins (the first line is 1) and its cells; None where it is broken."""

    line: int
    cells: Sequence[str] | None


@dataclass(frozen=True)
class Sheet:
    """A file as read; `records` can be gone through once. `date_1904`: days are counted from 1904."""

    format: Format
    header: Sequence[str]
    records: Iterator[Record]
    date_1904: bool = False


def begin(format_: Format, records: Iterator[Record], *, date_1904: bool = False) -> Sheet:
    """A sheet whose first record is its header; raises Refusal `csv-empty` where there is none."""
    first = next(records, None)
    if first is None or first.cells is None:
        raise Refusal(
            "csv-empty",
            ko="파일에 머리글 행이 없습니다.",
            en="The file has no header row.",
        )
    header = [normalise(cell) for cell in first.cells[:COLUMNS_MAX]]
    return Sheet(format_, header, _limited(records), date_1904)


def _limited(records: Iterator[Record]) -> Iterator[Record]:
    for count, record in enumerate(records, start=1):
        if count > ROWS_MAX:
            raise Refusal(
                "csv-too-many-rows",
                ko=f"한 파일에 {ROWS_MAX:,}행까지 올리실 수 있습니다. 나누어 올려 주십시오.",
                en=f"A file has at most {ROWS_MAX:,} rows. Please split it.",
            )
        yield record
