"""The text of a file, searched for numbers that nobody may send. Scanned pictures cannot be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ieum.common.kernel.forbidden import find_forbidden
from ieum.intake.documents.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterable

CHARACTERS_MAX = 20_000_000
_RESIDENT_DIGITS = 13
_SCIENTIFIC = re.compile(r"[0-9]\.[0-9]{1,12}E\+1[12]")


def check(text: str) -> None:
    """Raise Unfit `forbidden-number` where the text holds one."""
    if found := find_forbidden(text):
        raise Unfit("forbidden-number", found.kind)


def check_flow(lines: Iterable[str]) -> None:
    """Search running text as one, since a number may go over the end of a paragraph or of a table's cell."""
    check(_joined(lines))


def check_each(lines: Iterable[str]) -> None:
    """Search each line by itself: in a table of numbers, neighbours are other facts."""
    for line in lines:
        check(_as_typed(line))


def _joined(lines: Iterable[str]) -> str:
    kept, length = [], 0
    for line in lines:
        kept.append(line)
        length += len(line) + 1
        if length > CHARACTERS_MAX:
            raise Unfit("too-complex")
    return "\n".join(kept)


def _as_typed(line: str) -> str:
    """A cell's number as it was typed: spreadsheets drop a leading zero and write long ones as 9.0E+12."""
    text = line.strip()
    if _SCIENTIFIC.fullmatch(text):
        text = str(int(float(text)))
    return text.zfill(_RESIDENT_DIGITS) if text.isdigit() and len(text) == _RESIDENT_DIGITS - 1 else text
