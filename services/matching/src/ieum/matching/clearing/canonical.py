"""RFC 8785 bytes for the values of the open format: text, integers, booleans, null, lists and objects.

Two runs that agree on a document agree on its bytes, so a digest on the log stands for the whole document.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, NoReturn, TypeAlias

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

LARGEST = 2**53 - 1
"""RFC 8785 writes numbers as IEEE doubles; beyond this two integers could become one."""

_FRACTION = re.compile(rb"[:,\[]-?[0-9]+[.eE]")
"""What may be a fraction within a list or object: then all of it is looked at more closely."""
_BEYOND_U_FFFF = re.compile(rb"[\xf0-\xf4]")
"""Where keys hold such signs, the order of RFC 8785 parts from that of orjson."""


_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def canonical(value: Json) -> bytes:
    """Give the one byte sequence that RFC 8785 allows for a value.

    Raises:
        ValueError: a fraction, an integer beyond 2**53 - 1, or text that is no Unicode (a lone surrogate).
    """
    try:
        found = orjson.dumps(value, option=_OPTIONS)
    except TypeError:  # of what is no JSON; the way below says what it is
        return _exactly(value)
    return _exactly(value) if _is_doubtful(found, value) else found


def plain(value: Json) -> bytes:
    """The same, at once, for what was made here: it holds no fraction, and its keys are below U+FFFF.

    Raises TypeError for an integer beyond 2**53 - 1 and for what is no JSON.
    """
    return orjson.dumps(value, option=_OPTIONS)


def is_exactly(data: bytes, value: Json) -> bool:
    """Whether these bytes are the only ones of a value read from them that holds no fraction.

    Raises TypeError or ValueError where it has none.
    """
    if not data.isascii() and _BEYOND_U_FFFF.search(data):
        return canonical(value) == data
    return plain(value) == data


def _is_doubtful(found: bytes, value: Json) -> bool:
    return (
        found[:1] in b"-0123456789"
        or (not found.isascii() and _BEYOND_U_FFFF.search(found) is not None)
        or _FRACTION.search(found) is not None
        or (b"null" in found and orjson.loads(found) != value)  # orjson writes NaN as null
    )


def _exactly(value: Json) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    ordered = json.loads(text, object_pairs_hook=_ordered, parse_float=_no_fraction, parse_int=_exact)
    return json.dumps(ordered, ensure_ascii=False, separators=(",", ":")).encode()


def digest(value: Json) -> str:
    """SHA-256 of the canonical bytes, as 64 lower-case hexadecimal digits."""
    return sha256(canonical(value)).hexdigest()


def _ordered(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    # RFC 8785 sorts keys by UTF-16 code units, which parts from Python's order beyond U+FFFF.
    return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass")))


def _no_fraction(text: str) -> NoReturn:
    raise ValueError(f"not an integer: {text}")


def _exact(text: str) -> int:
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError(f"beyond 2**53 - 1: {text}")
    return number
