"""What a ZIP archive may be before anything reads it: its size is measured, never believed. Pure.

A few kilobytes can unpack to gigabytes, and can say of themselves that they do not (a "zip bomb"; D. Fifield,
A better zip bomb, 2019): so every entry is inflated once into nothing, up to a limit.
"""

from __future__ import annotations

import io
import zlib
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
    left = UNPACKED_BYTES_MAX
    for one in entries:
        left -= _measured(raw, one, left)


def _measured(raw: bytes, entry: ZipInfo, limit: int) -> int:
    """The true size of an entry; raises Refusal where it is not what it says."""
    if entry.flag_bits & 1 or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise broken()
    head = raw[entry.header_offset : entry.header_offset + _LOCAL_HEADER_BYTES]
    if len(head) < _LOCAL_HEADER_BYTES or not head.startswith(b"PK\x03\x04"):
        raise broken()
    named = int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    start = entry.header_offset + _LOCAL_HEADER_BYTES + named
    packed = raw[start : start + entry.compress_size]
    size = _walked(packed, stored=entry.compress_type == ZIP_STORED, limit=limit)
    if size != entry.file_size:
        raise broken()
    return size


def _walked(packed: bytes, *, stored: bool, limit: int) -> int:
    inflate, size, tail = zlib.decompressobj(-zlib.MAX_WBITS), 0, b""
    while packed:
        if stored:
            part, packed = packed[:_STEP_BYTES], packed[_STEP_BYTES:]
        else:
            try:
                part = inflate.decompress(packed, _STEP_BYTES)
            except zlib.error:
                raise broken() from None
            if inflate.eof:
                packed = b""
            elif not part and inflate.unconsumed_tail == packed:
                raise broken()
            else:
                packed = inflate.unconsumed_tail
        size += len(part)
        if size > limit:
            raise too_large()
        seen = tail + part
        if any(word in seen for word in _DECLARATIONS):
            raise broken()
        tail = part[-_TAIL_BYTES:]
    return size


def broken() -> Refusal:
    """The answer to what is no plain workbook."""
    return Refusal(
        "workbook-broken",
        ko="엑셀 파일(.xlsx)을 읽을 수 없습니다. 암호를 푼 뒤 ‘Excel 통합 문서’로 다시 저장해 주시기 바랍니다.",
        en="The workbook cannot be read. Please remove its password and save it as an Excel workbook (.xlsx).",
    )


def too_large() -> Refusal:
    return Refusal(
        "workbook-too-large",
        ko="엑셀 파일의 내용이 너무 큽니다. 나누어 올려 주십시오.",
        en="What the workbook holds is too large. Please split it.",
    )
