"""A file cut into sealed chunks: nothing of it lies anywhere in clear, and no forbidden number even sealed.

A chunk is JSON, deflated, under a key of this import alone: `[line, [cells…]]` or `[line, fault, place]`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ieum.common.kernel.forbidden import find_forbidden
from ieum.common.privacy.sealing import DEFAULT
from ieum.intake.imports import csvfile, xlsxfile
from ieum.intake.imports.sheet import Format, Record

CHUNK_ROWS = 500
CELL_CHARACTERS_MAX = 500
BROKEN = "broken"
# A number cell drops leading zeros: a resident number of 2001 to 2009 has twelve digits then, of late 2000
# eleven. A phone of eleven digits has its zero still.
_ZEROS_LOST = re.compile(r"[1-9]\d{10,11}", re.ASCII)
_RESIDENT_DIGITS = 13
_HALVES = re.compile(r"(?<![^|])\d{6}\|\d{7}(?![^|])", re.ASCII)
"""The two halves of a resident number, each in a cell of its own."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A row to be read: its cells; or why it cannot be, `fault` being `broken` or the kind of a number."""

    line: int
    cells: Sequence[str]
    fault: str | None = None
    place: int | None = None


@dataclass(frozen=True)
class Parcel:
    """A whole file: how many rows it has, and its chunks, sealed."""

    format: Format
    header: Sequence[str]
    date_1904: bool
    rows: int
    chunks: Sequence[bytes]


def pack(raw: bytes, id_: UUID, key: bytes) -> Parcel:
    """Cut and seal a file for an import; raises Refusal where no row of it can be read."""
    sheet = xlsxfile.read(raw) if raw.startswith(xlsxfile.SIGNATURES) else csvfile.read(raw)
    chunks: list[bytes] = []
    rows: list[list[object]] = []
    count = 0
    for record in sheet.records:
        rows.append(_packed(record))
        count += 1
        if len(rows) == CHUNK_ROWS:
            chunks.append(_sealed(rows, key, id_, len(chunks)))
            rows = []
    if rows:
        chunks.append(_sealed(rows, key, id_, len(chunks)))
    return Parcel(sheet.format, sheet.header, sheet.date_1904, count, chunks)


def unpack(sealed: bytes, key: bytes, id_: UUID, number: int) -> list[Packed]:
    """The rows of a chunk; raises CannotOpen where it is not this one."""
    rows = json.loads(zlib.decompress(DEFAULT.open(key, sealed, _bound_to(id_, number))))
    return [
        Packed(row[0], row[1]) if isinstance(row[1], list) else Packed(row[0], (), row[1], row[2])
        for row in rows
    ]


def _packed(record: Record) -> list[object]:
    if record.cells is None:
        return [record.line, BROKEN, None]
    # Joined by what is in no number: only where something may be is it looked for cell by cell.
    joined = "|".join(record.cells)
    suspect = (
        find_forbidden(joined) or _HALVES.search(joined) or any(map(_ZEROS_LOST.fullmatch, record.cells))
    )
    if suspect and (found := _forbidden(record.cells)):
        return [record.line, *found]
    return [record.line, [cell[: CELL_CHARACTERS_MAX + 1] for cell in record.cells]]


def _forbidden(cells: Sequence[str]) -> tuple[str, int] | None:
    """The kind and place of the first forbidden number in a row, looked for in pairs of cells too."""
    for place, cell in enumerate(cells):
        digits = cell.zfill(_RESIDENT_DIGITS) if _ZEROS_LOST.fullmatch(cell) else cell
        pair = f"{cells[place - 1]}|{cell}" if place else ""
        halves = pair.replace("|", "-") if _HALVES.fullmatch(pair) else ""
        if found := find_forbidden(digits) or find_forbidden(halves):
            return found.kind, place
    return None


def _sealed(rows: Sequence[object], key: bytes, id_: UUID, number: int) -> bytes:
    plain = zlib.compress(json.dumps(rows, ensure_ascii=False).encode(), level=1)
    return DEFAULT.seal(key, plain, _bound_to(id_, number))


def _bound_to(id_: UUID, number: int) -> bytes:
    return f"import/{id_}/{number}".encode()
