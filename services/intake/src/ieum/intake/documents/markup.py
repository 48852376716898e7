"""The XML parts of office files: their text as lines, and what they would have a reader do.

Parsed as a stream by `defusedxml`: no document types, no entities, nothing fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from ieum.intake.documents.unfit import Unfit

DEPTH_MAX = 300
_BLOCKS = frozenset({"p", "si", "is", "c", "v", "f", "instrText"})
"""Paragraphs of Word and Hancom, strings and cells of Excel; their runs are one text."""
_BREAKS = frozenset({"tab", "br", "cr", "lineBreak", "fwSpace", "nbSpace"})
_WORDS = frozenset({"descr", "title", "instr", "tooltip", "prompt", "promptTitle"})
"""Attributes that hold what somebody wrote."""
_HYPERLINK = re.compile(r"(https?|mailto|tel):", re.IGNORECASE)
_FIELD = re.compile(r"(?:^|\s)(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|DATABASE)(?:\s|$)", re.IGNORECASE)
_FORMULA = re.compile(r"\|\s*'|\b(WEBSERVICE|CALL|EXEC|REGISTER(\.ID)?|RTD|IMAGE)\s*\(", re.IGNORECASE)
_ACTIVE_TYPES = ("macroenabled", "vbaproject", "vbadata", "activex", "macrosheet", "ms-office.vba")


@dataclass
class Part(ContentHandler):
    """One parsed part; `lines`: its text, a paragraph or cell each."""

    lines: list[str] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[list[str]] = [[]]
        self._field: list[str] = []
        self._depth = 0

    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802 - the library's name
        """Begin a block, and look at what attributes would have a reader do."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise Unfit("too-complex")
        local = name.rpartition(":")[2]
        values = {key.rpartition(":")[2]: value for key, value in attrs.items()}  # type: ignore[attr-defined]
        if local in _BLOCKS:
            self._open.append([])
        elif local in _BREAKS:
            self._open[-1].append(" ")
        if local == "Relationship":
            _check_relationship(values)
        if local in ("ddeLink", "oleLink"):
            raise Unfit("external-content")
        if "ContentType" in values:
            self.content_types.append(values["ContentType"])
        self.lines += [values[word] for word in _WORDS & values.keys()]
        _check_field(values.get("instr", ""))

    def characters(self, content: str) -> None:
        """Text of whatever is open."""
        self._open[-1].append(content)

    def endElement(self, name: str) -> None:  # noqa: N802 - the library's name
        """End a block; outside of blocks every element is a line of its own."""
        self._depth -= 1
        local = name.rpartition(":")[2]
        if local not in _BLOCKS and len(self._open) > 1:
            return
        text = "".join(self._open[-1])
        if local in _BLOCKS:
            self._open.pop()
            self._check_block(local, text)
        else:
            self._open[-1].clear()
        if text.strip():
            self.lines.append(text)

    def _check_block(self, local: str, text: str) -> None:
        if local == "instrText":
            self._field.append(text)  # a field's code may be split over runs
        elif local == "p":
            _check_field("".join(self._field))
            self._field.clear()
        elif local == "f" and _FORMULA.search(text):
            raise Unfit("external-content")


def parse(xml: bytes) -> Part:
    """Read one part; raises Unfit `damaged` where it is no XML, `active-content` for entities."""
    part = Part()
    try:
        parseString(xml, part, forbid_dtd=True)
    except DefusedXmlException:
        raise Unfit("active-content") from None
    except (SAXException, ValueError, LookupError):
        raise Unfit("damaged") from None
    return part


def check_types(types: list[str]) -> None:
    """Raise Unfit `macro` where a content type says that the file runs something."""
    if any(active in one.lower() for one in types for active in _ACTIVE_TYPES):
        raise Unfit("macro")


def _check_relationship(values: dict[str, str]) -> None:
    kind = values.get("Type", "").rpartition("/")[2].lower()
    if "vbaproject" in kind or "macrosheet" in kind:
        raise Unfit("macro")
    if kind in ("afchunk", "package", "oleobject", "control"):
        raise Unfit("nested-file")
    if values.get("TargetMode") == "External" and (
        kind != "hyperlink" or not _HYPERLINK.match(values.get("Target", ""))
    ):
        raise Unfit("external-content")


def _check_field(text: str) -> None:
    if _FIELD.search(text):
        raise Unfit("external-content")
