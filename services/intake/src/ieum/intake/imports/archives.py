"""What a ZIP archive may be before anything reads it: its size is measured, never believed. Pure.

A few kilobytes can unpack to gigabytes, and can say of themselves that they do not (a "zip bomb"; D. Fifield,
A better zip bomb, 2019): so every entry is inflated once into nothing, up to a limit.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ieum.common.kernel.errors import Refusal

ENTRIES_MAX = 500
UNPACKED_BYTES_MAX = 256 * 1024 * 1024
_STEP_BYTES = 1024 * 1024
_LOCAL_HEADER_BYTES = 30  # APPNOTE 4.3.7; the lengths of name and extra field are its last four bytes
_TAIL_BYTES = 20  # a declaration may lie across two steps
_DECLARATIONS = tuple(
    word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("ascii", "utf-16-le", "utf-16-be")
)


def check(raw: bytes) -> None:
    """Raise Refusal `workbook-broken` or `workbook-too-large` unless the archive is harmless.

    Refused: lies about sizes, entries that overlap, encryption, and XML that declares entities.
    """
    try:
        with ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError):
        raise broken() from None
    if len(entries) > ENTRIES_MAX or sum(one.file_size for one in entries) > UNPACKED_BYTES_MAX:
        raise too_large()
    if sum(one.compress_size for one in entries) > len(raw):
        raise broken()
    for one in entries:
        _measure(raw, one)


def _measure(raw: bytes, entry: ZipInfo) -> None:
    """Raise Refusal where an entry is not of the size it says."""
    if entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise broken()
    head = raw[entry.header_offset : entry.header_offset + _LOCAL_HEADER_BYTES]
    if len(head) < _LOCAL_HEADER_BYTES or not head.startswith(b"PK\x03\x04"):
        raise broken()
    named = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    start = entry.header_offset + _LOCAL_HEADER_BYTES + named
    packed = raw[start : start + entry.compress_size]
    stored = entry.compress_type == ZIP_STORED
    if _size(packed, stored=stored, declared=entry.file_size) != entry.file_size:
        raise broken()


def _size(packed: bytes, *, stored: bool, declared: int) -> int:
    """How large an entry is, looked at no further than it says itself."""
    size, tail = 0, b""
    for part in _parts(packed, stored=stored):
        size += len(part)
        if size > declared or any(word in tail + part for word in _DECLARATIONS):
            raise broken()
        tail = part[-_TAIL_BYTES:]
    return size


def _parts(packed: bytes, *, stored: bool) -> Iterator[bytes]:
    if stored:
        yield packed
        return
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    while packed and not inflate.eof:
        try:
            yield inflate.decompress(packed, _STEP_BYTES)
        except zlib.error:
            raise broken() from None
        packed = inflate.unconsumed_tail


def broken() -> Refusal:
    """The answer to what is no plain workbook."""
    return Refusal(
        "workbook-broken",
        ko="엑셀 파일을 읽을 수 없습니다. 암호를 푼 뒤 ‘Excel 통합 문서(.xlsx)’로 저장해 주시기 바랍니다.",
        en="The workbook cannot be read. Please remove its password and save it as .xlsx.",
    )


def too_large() -> Refusal:
    """The answer to what would unpack to more than is read."""
    return Refusal(
        "workbook-too-large",
        ko="엑셀 파일의 내용이 너무 큽니다. 나누어 올려 주십시오.",
        en="What the workbook holds is too large. Please split it.",
    )
