"""DOCX, XLSX (ECMA-376) and HWPX (KS X 6101): ZIP containers of XML, taken without anything that acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.intake.documents import hangul, markup, texts
from ieum.intake.documents.archives import Archive
from ieum.intake.documents.unfit import Unfit

if TYPE_CHECKING:
    from ieum.intake.documents.unfit import Media

TYPES = "[Content_Types].xml"
_MAIN: dict[str, Media] = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
}
_HWPX = b"application/hwp+zip"
_MACROS = ("vbaproject", "vbadata", "/macrosheets/", "/activex/")
_EXTERNAL = ("/externallinks/", "/connections.xml", "/querytables/")
_XML = (".xml", ".rels", ".hpf", ".vml", ".rdf")


def inspect(raw: bytes) -> Media:
    """Which of the three it is, everything in it looked at; raises Unfit."""
    archive = Archive(raw)
    if TYPES in archive.names:
        return _ooxml(archive)
    if archive.names[0] == "mimetype" and archive.read("mimetype").strip() == _HWPX:
        return _hwpx(archive)
    raise Unfit("wrong-type")


def _ooxml(archive: Archive) -> Media:
    for name in archive.names:
        path = f"/{name.lower()}"
        if any(macro in path for macro in _MACROS):
            raise Unfit("macro")
        if any(external in path for external in _EXTERNAL):
            raise Unfit("external-content")
    types = markup.parse(archive.read(TYPES)).content_types
    markup.check_types(types)
    found = {_MAIN[one] for one in types if one in _MAIN}
    if len(found) != 1:
        raise Unfit("wrong-type")
    media = found.pop()
    for name, content in archive.parts():
        if name.lower().endswith(_XML):
            part = markup.parse(content)
            texts.check_each(part.lines)
            if media == "docx":
                texts.check_flow(part.lines)
    return media


def _hwpx(archive: Archive) -> Media:
    for name, content in archive.parts():
        path = name.lower()
        if path.startswith("scripts/"):
            hangul.check_script(content.decode("utf-16-le", "replace"))
        elif path.endswith(".ole"):
            raise Unfit("nested-file")
        elif path.endswith(".txt"):
            texts.check(content.decode("utf-8", "replace"))
        elif path.endswith(_XML):
            if path.startswith("meta-inf/") and b"encryption-data" in content:
                raise Unfit("encrypted")
            texts.check_flow(markup.parse(content).lines)
    return "hwpx"
