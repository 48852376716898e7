"""HWP 5 (한글 문서 파일 형식 5.0, revision 1.3): an OLE container of deflated records.

Containers are read by `olefile`. Records are read here: no maintained library under a free licence does.
"""

from __future__ import annotations

import re
import struct
from io import BytesIO
from typing import TYPE_CHECKING

import olefile

from ieum.intake.documents import texts
from ieum.intake.documents.archives import ENTRIES_MAX, INFLATED_BYTES_MAX, inflate, refuse_nested
from ieum.intake.documents.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNATURE = b"HWP Document File"
_FLAGS_AT = 36
_COMPRESSED, _UNREADABLE = 1 << 0, (1 << 1) | (1 << 2) | (1 << 4) | (1 << 8) | (1 << 10)
"""A password, a distribution copy, DRM, or a certificate's encryption: its text cannot be looked at."""
_PARA_TEXT = 0x10 + 51
_LENGTH_FOLLOWS = 0xFFF
_WIDE_CONTROLS = frozenset({*range(1, 10), *range(11, 13), *range(14, 24)})
"""Control characters that take eight places of two bytes each (table 6 of the format)."""
_MACRO_NAMES = frozenset({"vba", "_vba_project", "_vba_project_cur", "macros"})
# Hancom writes such lines by itself: names for the document and its form fields, and handlers with nothing in
# them. Anything beyond runs when the document is opened or used.
_TEMPLATE = re.compile(
    r"var[A-Za-z0-9_]+=(XHwpDocuments|Documents\.Active_XHwpDocument"
    r"|Document\.XHwpForm[A-Za-z]+\.ItemFromName\(\"[A-Za-z0-9_]+\"\));"
    r"|function[A-Za-z0-9_]+\(\)\{(//todo:?)?\}"
)


def inspect(raw: bytes) -> None:
    """Look into an HWP 5 document; raises Unfit."""
    try:
        with olefile.OleFileIO(BytesIO(raw)) as ole:
            _inspect(ole)
    except (OSError, struct.error, IndexError, ValueError):
        raise Unfit("damaged") from None


def check_script(source: str) -> None:
    """Raise Unfit `macro` where a script is more than the template that Hancom writes."""
    bare = re.sub(r"[\s\x00\ufeff]", "", source)
    if re.sub(r"[^\x21-\x7e]", "", _TEMPLATE.sub("", bare)):
        raise Unfit("macro")


def _inspect(ole: olefile.OleFileIO) -> None:
    entries = ole.listdir(streams=True, storages=True)
    if len(entries) > ENTRIES_MAX:
        raise Unfit("archive-bomb")
    if any(part.lower() in _MACRO_NAMES for entry in entries for part in entry):
        raise Unfit("macro")
    if ole.exists("EncryptedPackage"):
        raise Unfit("encrypted")
    if not ole.exists("FileHeader"):
        raise Unfit("wrong-type")
    header = ole.openstream("FileHeader").read()
    if not header.startswith(SIGNATURE):
        raise Unfit("wrong-type")
    (flags,) = struct.unpack_from("<I", header, _FLAGS_AT)
    if flags & _UNREADABLE:
        raise Unfit("encrypted")
    left = INFLATED_BYTES_MAX
    for path in ole.listdir(streams=True, storages=False):
        left -= _stream(path, ole.openstream(path).read(), bool(flags & _COMPRESSED), left)


def _stream(path: list[str], packed: bytes, compressed: bool, left: int) -> int:
    """Look into one stream; gives how many bytes it holds."""
    place = path[0].lower()
    if place in ("bodytext", "viewtext", "docinfo", "scripts", "bindata"):
        content = _inflated(packed, left) if compressed and path[-1] != "JScriptVersion" else packed
    else:
        content = packed
    if len(content) > left:
        raise Unfit("archive-bomb")
    if place == "bodytext":
        texts.check_flow(_paragraphs(content))
    elif place == "scripts" and path[-1] != "JScriptVersion":
        _check_stored_script(content)
    elif place == "bindata":
        _check_binary(path[-1], content)
    elif place == "prvtext":
        texts.check(content.decode("utf-16-le", "replace"))
    elif place.endswith("hwpsummaryinformation"):
        texts.check(content[len(content) % 2 :].decode("utf-16-le", "replace"))
    return len(content)


def _inflated(packed: bytes, left: int) -> bytes:
    return inflate(packed, left) if packed else b""


def _check_binary(name: str, content: bytes) -> None:
    if name.lower().endswith((".ole", ".ps", ".eps", ".exe", ".dll")):
        raise Unfit("nested-file")
    refuse_nested(content)


def _check_stored_script(content: bytes) -> None:
    """Header, source, and what runs before and after: each a count of characters, then UTF-16."""
    at, parts = 0, []
    while at + 4 <= len(content):
        (length,) = struct.unpack_from("<I", content, at)
        at += 4
        if length == 0xFFFFFFFF:  # noqa: PLR2004 - the mark of the end
            break
        if at + 2 * length > len(content):
            raise Unfit("damaged")
        parts.append(content[at : at + 2 * length].decode("utf-16-le", "replace"))
        at += 2 * length
    check_script("".join(parts))


def _paragraphs(content: bytes) -> Iterator[str]:
    at = 0
    while at + 4 <= len(content):
        (head,) = struct.unpack_from("<I", content, at)
        at += 4
        size = head >> 20
        if size == _LENGTH_FOLLOWS:
            if at + 4 > len(content):
                raise Unfit("damaged")
            (size,) = struct.unpack_from("<I", content, at)
            at += 4
        if at + size > len(content):
            raise Unfit("damaged")
        if head & 0x3FF == _PARA_TEXT:
            yield _characters(content[at : at + size])
        at += size


def _characters(text: bytes) -> str:
    """The words of a paragraph, its controls as spaces."""
    units = struct.unpack(f"<{len(text) // 2}H", text[: len(text) // 2 * 2])
    kept, at = [], 0
    while at < len(units):
        unit = units[at]
        kept.append(max(unit, ord(" ")))
        at += 8 if unit in _WIDE_CONTROLS else 1
    return struct.pack(f"<{len(kept)}H", *kept).decode("utf-16-le", "replace")
