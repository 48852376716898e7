"""Requests that no schema describes: numbers past every column, bytes that are no text, endless bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

UUID = "017efb52-9380-7f21-8eca-fb7b61f12f97"
BIG = b"9" * 25  # past 64 bits
SEGMENTS = (
    "0", BIG.decode(), f"-{BIG.decode()}", UUID, "%00", "\ud7ff", "%ff%fe", "a" * 3000, "%F0%9F%92%A9",
    f"%7B{UUID}%7D", f"urn:uuid:{UUID}", UUID.replace("-", ""), "NaN", "1e400", "..%2f..", "%0d%0aX-A:b",
)  # fmt: skip
VALUES = (
    BIG.decode(), f"-{BIG.decode()}", "", "%00", "0", "1e400", "9999-12-31", "0001-01-01", "99999-01-01",
    "%ff", "a" * 3000, "true", "[]", UUID,
)  # fmt: skip
BODIES = (
    b"{}", b'{"a":1,"a":2}', b"[" * 5000 + b"]" * 5000, b'{"a":' * 5000, b'{"a":"\\ud800"}', b'{"\\ud800":1}',
    b"1" * 5000, b"\xff\xfe", b"NaN", b'{"a":1e400}', b"null", b'""', b'{"a":' + BIG * 200 + b"}", b"",
)  # fmt: skip
HEADERS: dict[str, tuple[bytes, ...]] = {
    "If-Match": (
        b'"1', b"*", b'W/"1"', b"\xff\xfe", b'"1","2"', b'"0"', b'"9999999999"', b'"\xb2"', b"",
    ),
    "Idempotency-Key": (b"\xff", b"", b" ", b"a" * 201, b"\xea\xb0\x80", b"{" + UUID.encode() + b"}"),
    "Accept-Language": (b"\xff", b"en;q=nan", b"en;q=1e999", b"," * 500),
    "X-Correlation-Id": (b"\xff", b"x"),
    "Last-Event-ID": (b"\xb2", BIG * 2, b"-1", b"9" * 18),
    "Authorization": (b"Bearer", b"Bearer \xff", b"Basic x", b"Bearer a.b.c", b"Bearer " + b"a" * 9000),
    "Content-Type": (b"application/json; charset=utf-16", b"\xff", b"text/plain", b"multipart/form-data"),
    "Content-Length": (b"-1", b"x", b"\xb2", BIG),
}  # fmt: skip
RIGHT = {"Idempotency-Key": UUID.encode(), "If-Match": b'"1"', "Content-Type": b"application/json"}


@dataclass(frozen=True)
class Sent:
    """One request; a header of RIGHT or the token is replaced by one of its own."""

    method: str
    url: str
    headers: dict[str, bytes]
    body: bytes | None = None


def requests_to(document: dict[str, Any]) -> Iterator[Sent]:
    """All of them for each operation of a document, in its order."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield from _to(method.upper(), path, operation)


def _to(method: str, path: str, operation: dict[str, Any]) -> Iterator[Sent]:
    plain = _filled(path, UUID)
    body = b"{}" if "requestBody" in operation else None
    if "{" in path:
        yield from (Sent(method, _filled(path, one), RIGHT, body) for one in SEGMENTS)
    if body is not None:
        yield from (Sent(method, plain, RIGHT, one) for one in BODIES)
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query":
            name = parameter["name"]
            yield from (Sent(method, f"{plain}?{name}={one}", RIGHT, body) for one in VALUES)
            yield Sent(method, f"{plain}?{name}={UUID}&{name}=0&{name}", RIGHT, body)
    for header, values in HEADERS.items():
        yield from (Sent(method, plain, RIGHT | {header: one}, body) for one in values)


def _filled(path: str, value: str) -> str:
    return re.sub(r"\{\w+\}", lambda _: value, path)
