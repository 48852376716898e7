"""ZIP containers, read as if they were hostile: everything they say of themselves is checked by inflating it.

Python's `zipfile` believes the central directory; here it must agree with the local headers and with what
comes out, and nothing lies before, between, under or behind the entries.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from ieum.intake.documents.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipInfo

ENTRIES_MAX = 2000
INFLATED_BYTES_MAX = 64 * 1024 * 1024
RATIO_MAX, RATIO_FROM_BYTES = 200, 1024 * 1024
"""What inflates to more than a mebibyte may not do so more than two hundredfold."""

_LOCAL = struct.Struct("<4s5H3I2H")  # APPNOTE 4.3.7
_END = b"PK\x05\x06"
_END_BYTES = 22
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f\\:]|^/|(^|/)\.\.(/|$)")
_NESTED = (
    b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"MZ", b"\x7fELF", b"%!PS", b"{\\rtf",
)  # fmt: skip
"""What begins so is another container, a program or a document, which nobody looked into."""


def refuse_nested(content: bytes) -> None:
    """Raise Unfit `nested-file` where a part is itself a container or a program."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_NESTED):
        raise Unfit("nested-file")


def inflate(data: bytes | memoryview, limit: int, *, exactly: int | None = None) -> bytes:
    """Raw deflate (RFC 1951) with a hard limit in bytes; raises Unfit `archive-bomb` or `damaged`."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = stream.decompress(data, limit + 1)
    except zlib.error:
        raise Unfit("damaged") from None
    if len(content) > limit:
        raise Unfit("archive-bomb")
    if exactly is not None and (len(content) != exactly or not stream.eof or stream.unused_data):
        raise Unfit("archive-bomb")
    return content


class Archive:
    """A container whose directory was checked; raises Unfit."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        try:
            self.entries = ZipFile(BytesIO(raw)).infolist()
        except (BadZipFile, ValueError, NotImplementedError, struct.error):
            raise Unfit("damaged") from None
        self._check_directory()
        self._starts = {info.filename: self._start(info) for info in self.entries}
        self._check_spans()

    @property
    def names(self) -> list[str]:
        """The names of the entries, in the directory's order."""
        return [info.filename for info in self.entries]

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """Every entry with its content, one at a time; folders left out."""
        for info in self.entries:
            if not info.is_dir():
                content = self._content(info)
                refuse_nested(content)
                yield info.filename, content

    def read(self, name: str) -> bytes:
        """One entry's content; empty where there is none."""
        return next((self._content(info) for info in self.entries if info.filename == name), b"")

    def _check_directory(self) -> None:
        if not self.entries:
            raise Unfit("damaged")
        if len(self.entries) > ENTRIES_MAX:
            raise Unfit("archive-bomb")
        if self._raw[-_END_BYTES:][:4] != _END:
            raise Unfit("polyglot")
        if len({info.filename.casefold() for info in self.entries}) != len(self.entries):
            raise Unfit("damaged")
        for info in self.entries:
            _check_entry(info)
        inflated = sum(info.file_size for info in self.entries)
        packed = sum(info.compress_size for info in self.entries)
        if inflated > INFLATED_BYTES_MAX or (inflated > RATIO_FROM_BYTES and inflated > RATIO_MAX * packed):
            raise Unfit("archive-bomb")

    def _start(self, info: ZipInfo) -> int:
        """Where an entry's data begins; its local header must say what the directory says."""
        at = info.header_offset
        try:
            found = _LOCAL.unpack_from(self._raw, at)
        except struct.error:
            raise Unfit("damaged") from None
        signature, flags, method = bytes(found[0]), int(found[2]), int(found[3])
        name_length, extra_length = int(found[9]), int(found[10])
        name = self._raw[at + _LOCAL.size : at + _LOCAL.size + name_length]
        encoding = "utf-8" if flags & 0x800 else "cp437"
        try:
            same = name.decode(encoding) == info.orig_filename
        except UnicodeDecodeError:
            same = False
        if signature != b"PK\x03\x04" or not same or method != info.compress_type or flags & _ENCRYPTED:
            raise Unfit("damaged")
        return at + _LOCAL.size + name_length + extra_length

    def _check_spans(self) -> None:
        """One after the other, from the first byte on: no two entries share bytes, and nothing is before."""
        spans = sorted(
            (info.header_offset, self._starts[info.filename] + info.compress_size) for info in self.entries
        )
        if spans[0][0] != 0:
            raise Unfit("polyglot")
        ends = [end for _, end in spans]
        if any(start < end for (start, _), end in zip(spans[1:], ends, strict=False)):
            raise Unfit("archive-bomb")
        if ends[-1] > len(self._raw):
            raise Unfit("damaged")

    def _content(self, info: ZipInfo) -> bytes:
        start = self._starts[info.filename]
        data = memoryview(self._raw)[start : start + info.compress_size]
        stored = info.compress_type == ZIP_STORED
        content = bytes(data) if stored else inflate(data, info.file_size, exactly=info.file_size)
        if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
            raise Unfit("damaged")
        return content


def _check_entry(info: ZipInfo) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise Unfit("encrypted")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Unfit("damaged")
    if _UNSAFE_NAME.search(info.orig_filename) or stat.S_ISLNK(info.external_attr >> 16):
        raise Unfit("archive-bomb")
