"""PDF (ISO 32000): read by `pypdf`, every object looked at; nothing that acts, hides files or is locked."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    ByteStringObject,
    DictionaryObject,
    IndirectObject,
    NameObject,
    StreamObject,
    TextStringObject,
)

from ieum.intake.documents import texts
from ieum.intake.documents.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator

OBJECTS_MAX, PAGES_MAX, NESTING_MAX = 100_000, 500, 100
_TAIL = re.compile(rb"%%EOF\s*\Z")
_ACTIVE = frozenset({"/JavaScript", "/JS", "/AA", "/Launch", "/XFA", "/RichMedia", "/Rendition", "/Movie"})
_FILES = frozenset({"/EmbeddedFile", "/EmbeddedFiles", "/Filespec", "/EF"})
_ACTIONS = frozenset({"/Launch", "/JavaScript", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE"})
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
# What a reader with another idea of the file might find: these words do not occur by chance.
_SPELT = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA)(?![A-Za-z0-9])")


def inspect(raw: bytes) -> None:
    """Look into a PDF; raises Unfit."""
    if not _TAIL.search(raw[-2048:]):
        raise Unfit("polyglot" if b"%%EOF" in raw else "damaged")
    _check_spelling(raw)
    try:
        reader = PdfReader(BytesIO(raw), strict=False)
        if reader.is_encrypted:
            raise Unfit("encrypted")
        strings = _objects(reader)
        texts.check_each(strings)
        _pages(reader)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, AssertionError):
        raise Unfit("damaged") from None


def _check_spelling(raw: bytes) -> None:
    plain = _ESCAPE.sub(lambda code: bytes([int(code[1], 16)]), raw) if _ESCAPE.search(raw) else raw
    if found := _SPELT.search(plain):
        raise Unfit("nested-file" if found[1].startswith(b"Embedded") else "active-content")


def _objects(reader: PdfReader) -> list[str]:
    """Every object of the file looked at; gives the text strings in them: fields, notes, title, author."""
    places = [(number, generation) for generation, of in reader.xref.items() for number in of]
    places += [(number, 0) for number in reader.xref_objStm]
    if len(places) > OBJECTS_MAX:
        raise Unfit("too-complex")
    strings: list[str] = []
    for number, generation in dict.fromkeys(places):
        if number:
            found = reader.get_object(IndirectObject(number, generation, reader))
            strings += _strings(found, 0)
    strings += _strings(reader.trailer, 0)
    return strings


def _strings(value: Any, depth: int) -> Iterator[str]:
    if depth > NESTING_MAX:
        raise Unfit("too-complex")
    if isinstance(value, DictionaryObject):
        _check_dictionary(value)
        if isinstance(value, StreamObject) and _value(value, "/Type") == "/Metadata":
            yield value.get_data().decode("utf-8", "replace")
        for key in value:
            yield from _strings(value.raw_get(key), depth + 1)
    elif isinstance(value, ArrayObject):
        for item in list.__iter__(value):
            yield from _strings(item, depth + 1)
    elif isinstance(value, TextStringObject):
        yield str(value)
    elif isinstance(value, ByteStringObject):
        yield bytes(value).decode("latin-1")


def _check_dictionary(found: DictionaryObject) -> None:
    keys = set(found)
    if keys & _FILES or _value(found, "/Type") in _FILES:
        raise Unfit("nested-file")
    if keys & _ACTIVE or _value(found, "/S") in _ACTIONS:
        raise Unfit("active-content")
    opened = _value(found, "/OpenAction")
    # To open at a certain page is what many programs write; anything else is an action.
    if isinstance(opened, DictionaryObject) and _value(opened, "/S") != "/GoTo":
        raise Unfit("active-content")


def _value(found: DictionaryObject, key: str) -> Any:
    """What a key leads to, references followed (`get` would not); None where it is no name or object."""
    value = found[key] if key in found else None  # noqa: SIM401
    return value if isinstance(value, NameObject | DictionaryObject) else None


def _pages(reader: PdfReader) -> None:
    if len(reader.pages) > PAGES_MAX:
        raise Unfit("too-complex")
    texts.check_flow(page.extract_text() or "" for page in reader.pages)
