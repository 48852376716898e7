"""How a text may lie in a file: the forms under which a leak would be found."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

BYTES_MIN = 6
"""What is shorter is found everywhere by chance."""


@dataclass(frozen=True)
class Needle:
    """Bytes to look for, of the value with this number, in this form."""

    sought: bytes
    value: int
    form: str


def needles(values: Iterable[str]) -> list[Needle]:
    """Every form of each value, the same bytes once; raises ValueError for a value that is too short."""
    found: dict[bytes, Needle] = {}
    for number, value in enumerate(values):
        if len(value.encode()) < BYTES_MIN:
            raise ValueError(f"value {number} is shorter than {BYTES_MIN} bytes")
        for form, sought in _forms(value):
            found.setdefault(sought, Needle(sought, number, form))
    return list(found.values())


def _forms(value: str) -> Iterator[tuple[str, bytes]]:
    plain = value.encode()
    yield "UTF-8", plain
    yield "UTF-16", value.encode("utf-16-le").rstrip(b"\0")  # of ASCII that is in big-endian text as well
    yield "UTF-16 big-endian", value.encode("utf-16-be").lstrip(b"\0")
    escaped = json.dumps(value)[1:-1]
    yield "JSON", escaped.encode()
    yield "JSON", json.dumps(value, ensure_ascii=False)[1:-1].encode()
    yield "JSON", "\\u".join(part[:4].upper() + part[4:] for part in escaped.split("\\u")).encode()
    yield "CP949", value.encode("cp949", errors="ignore")
    yield "percent", quote(value, safe="").encode()
    yield "percent", quote(value).lower().encode()
    yield "hex", plain.hex().encode()
    yield "hex", plain.hex().upper().encode()
    for before in range(3):
        yield from _base64(plain, before)


def _base64(plain: bytes, before: int) -> Iterator[tuple[str, bytes]]:
    """What base64 makes of it after so many other bytes, without the characters that those share in."""
    whole = (before + len(plain)) // 3 * 4
    first = (0, 2, 3)[before]
    text = b64encode(bytes(before) + plain)[first:whole]
    yield "base64", text
    yield "base64", text.replace(b"+", b"-").replace(b"/", b"_")
