"""Writing XLSX (ECMA-376, Part 1): one sheet, row by row into memory, what is on it compressed at once.

By hand, as the libraries that write row by row put the clear rows into a temporary file, and clear private
values exist in memory only. Texts are inline: nothing grows with the rows but the compressed bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zipfile import ZIP_DEFLATED, ZipFile

from ieum.common.kernel.dates import KST

Cell = str | int | date | datetime | bool | None

SHEET_ROWS_MAX = 1_048_576
_DAY_0 = date(1899, 12, 30)
_TEXT, _DATE, _MOMENT = 1, 2, 3
"""Places in `cellXfs` below: text (so that 010… stays one when a cell is edited), a day, a moment."""

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MEDIA_TYPE = f"{_TYPE}.sheet"

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>'
    "<fonts><font/></fonts>"
    '<fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    "</fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf/>"
    '<xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="164" applyNumberFormat="1"/>'
    '<xf numFmtId="165" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
# XML 1.0 has no way to write these (2.2); a lone half of a surrogate pair is no character at all.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(text: str) -> str:
    """A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it.

    A phone number such as +82 10… and a number below 0 are texts like any other (OWASP, CSV injection).
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


class Workbook:
    """One sheet, written row by row; `finish` gives the file."""

    def __init__(self, title: str, header: Sequence[str]) -> None:
        """Begin a sheet of that title (at most 31 characters) with its header, which stays in view."""
        self._raw = io.BytesIO()
        self._zip = ZipFile(self._raw, "w", ZIP_DEFLATED)
        for name, xml in _PARTS.items():
            self._zip.writestr(name, _HEAD + xml)
        self._zip.writestr("xl/workbook.xml", _HEAD + _workbook(title))
        self._sheet = self._zip.open("xl/worksheets/sheet1.xml", "w")
        self._line = 0
        self._write(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
            "</sheetViews><sheetData>"
        )
        self.add([header])

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows; raises ValueError beyond what a sheet holds."""
        parts = []
        for row in rows:
            self._line += 1
            cells = "".join(_cell(_name(place, self._line), value) for place, value in enumerate(row))
            parts.append(f'<row r="{self._line}">{cells}</row>')
        if self._line > SHEET_ROWS_MAX:
            raise ValueError("a sheet has at most 1,048,576 rows")
        self._write("".join(parts))

    def finish(self) -> bytes:
        """The whole file; nothing can be added after it."""
        self._write("</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()
        return self._raw.getvalue()

    def _write(self, xml: str) -> None:
        self._sheet.write(xml.encode())


def _workbook(title: str) -> str:
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{_escaped(title[:31])}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _cell(name: str, value: Cell) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return f'<c r="{name}" t="b"><v>{int(value)}</v></c>'
        case int():
            return f'<c r="{name}"><v>{value}</v></c>'
        case datetime():
            here = value.astimezone(KST)
            share = (here.hour * 3600 + here.minute * 60 + here.second) / 86400
            return f'<c r="{name}" s="{_MOMENT}"><v>{(here.date() - _DAY_0).days + share:.10f}</v></c>'
        case date():
            return f'<c r="{name}" s="{_DATE}"><v>{(value - _DAY_0).days}</v></c>'
        case str():
            text = _escaped(neutral(value))
            return f'<c r="{name}" s="{_TEXT}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _name(place: int, line: int) -> str:
    letters, left = "", place + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{line}"


def _escaped(text: str) -> str:
    plain = _UNWRITABLE.sub("\ufffd", text)
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        plain = plain.replace(char, entity)
    return plain
