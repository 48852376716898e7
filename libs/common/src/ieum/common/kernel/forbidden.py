"""Numbers that nobody may send: resident registration, passport and driving-licence numbers.

They may be processed only where an act or decree says so by name (개인정보 보호법 제24조, 제24조의2), and
nothing does for Ieum. What was found is told by its kind and place: the number never leaves this module.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.folding import DIGIT, IGNORED, SEPARATOR, fold, unescape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Kind = Literal["resident-number", "passport-number", "driving-licence-number"]

_RESIDENT_DIGITS = 13
_NAMES: dict[Kind, tuple[str, str]] = {
    "resident-number": ("주민등록번호나 외국인등록번호는", "Resident and alien registration numbers are"),
    "passport-number": ("여권번호는", "Passport numbers are"),
    "driving-licence-number": ("운전면허번호는", "Driving-licence numbers are"),
}
# Old licences name the region; newer ones number it from 11 (Seoul) to 28 (northern Gyeonggi).
REGION = "(?:서울|부산|경기|강원|충북|충남|전북|전남|경북|경남|제주|대구|인천|광주|대전|울산)"

# Most texts stop at these two: ten digits, however spread, or a letter before digits. The third then asks for
# as many as a kind has. No colon counts in a licence number: a time with microseconds has twelve digits.
_GAP = f"[{SEPARATOR}{IGNORED}]"
_LICENCE_GAP = _GAP.replace(":", "")
_LONG = re.compile(f"[{DIGIT}](?:{_GAP}{{0,32}}[{DIGIT}]){{9}}")
_LETTERED = re.compile(f"[MSRGDmsrgＭＳＲＧＤｍｓｒｇ](?:[{IGNORED}]{{0,9}}[{DIGIT}]){{3}}")
_SUSPECT = re.compile(
    f"[{DIGIT}](?:{_GAP}{{0,32}}[{DIGIT}]){{12}}|[{DIGIT}](?:{_LICENCE_GAP}{{0,32}}[{DIGIT}]){{11}}"
    f"|{REGION}(?:{_GAP}{{0,4}}[{DIGIT}]){{10}}"
)
# A hash or UUID is a name for something else, though thirteen digits may follow one another in it.
_HEX = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?=[0-9]*[a-f])[0-9a-f]{16,})(?![0-9A-Za-z])",
    re.IGNORECASE,
)

# Where our own events carry ciphertext and wrapped keys. Both have more than 30 bytes: shorter ones are text.
_SEALED = frozenset({"ciphertext", "wrapped"})
_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")

# From here on texts are folded: ASCII digits, nothing invisible, separators white space or one of -._~/:
_ANY, _INNER = r"[\s\-._~/:]", r"[\s\-._~/]"
_JOIN = r"\s{0,4}[\-_~/:]+\s{0,4}"
_WRAP = r"[ \t]*\n[ \t]*"
_RESIDENT = (
    # 900101-1234567, 9001011234567, 900101 . 1234567; not the decimals of 0.9001011234567
    re.compile(rf"(?<![0-9])(?<!(?<![0-9])0\.)([0-9]{{6}}){_ANY}{{0,8}}([0-9]{{7}})(?![0-9])"),
    # 900101-12\n34567, 900101-1-234567: a hyphen in the middle makes it plain enough to look past breaks.
    re.compile(
        rf"(?<![0-9])([0-9](?:(?:{_WRAP})?[0-9]){{5}}){_JOIN}"
        rf"([0-9]{_INNER}{{0,2}}[0-9](?:(?:{_WRAP})?[0-9]){{5}})(?![0-9])"
    ),
    # 90.01.01-1234567, 90 01 01 1234567; but 25.11.22 1500000 is a day and an amount
    re.compile(
        rf"(?<![0-9])([0-9]{{2}}(?P<gap>{_INNER})[0-9]{{2}}(?P=gap)[0-9]{{2}})(?:(?P=gap)|{_JOIN})([0-9]{{7}})(?![0-9])"
    ),
    # 9 0 0 1 0 1 1 2 3 4 5 6 7: thirteen single digits, not some of a longer row
    re.compile(
        rf"(?<![0-9])(?<!(?<![0-9])[0-9]{_INNER})([0-9](?:{_INNER}{{1,3}}[0-9]){{5}}){_ANY}{{1,8}}"
        rf"([0-9](?:{_INNER}{{1,3}}[0-9]){{6}})(?![0-9])(?!{_INNER}[0-9](?![0-9]))"
    ),
)
_TWO_LINES = re.compile(rf"(?<![0-9\-.])([0-9]{{1,12}})(?={_WRAP}([0-9]{{1,12}})(?![0-9]|[\-.][0-9]))")
# Ten and eleven digits are phones and business numbers, eight from 19 or 20 a date: they may end a line.
_WHOLE = re.compile(r"[0-9]{10,11}|0[0-9]{8}|(?:19|20)[0-9]{6}")
_PASSPORT = re.compile(
    r"(?<![A-Za-z0-9])(?:[MSRGDmsrg][0-9]{8}|[MSRGDmsrg][0-9]{3}[A-Za-z][0-9]{4})(?![A-Za-z0-9])"
)
_GROUP = r"[\s\-.]{1,3}"
_LICENCE = re.compile(
    rf"(?<![0-9])(?<![0-9]-)(?:1[1-9]|2[0-8]){_GROUP}[0-9]{{2}}{_GROUP}[0-9]{{6}}{_GROUP}[0-9]{{2}}(?![0-9]|-[0-9])"
    rf"|{REGION}[\s\-.]{{0,3}}[0-9]{{2}}[\s\-.]{{0,3}}[0-9]{{6}}[\s\-.]{{0,3}}[0-9]{{2}}(?![0-9])"
)


@dataclass(frozen=True, slots=True)
class Forbidden:
    """A forbidden number was found: of which kind. It holds nothing of the number."""

    kind: Kind


def find_forbidden(text: str) -> Forbidden | None:
    """The first kind of forbidden number in a text, or None.

    A resident number is six digits of a date that exists, optional separators, seven digits of which the
    first is 1-8. That digit tells the century, 1, 2, 5, 6 the 1900s and 3, 4, 7, 8 the 2000s; 5-8 are
    foreigners'. No checksum: since October 2020 the last six digits are random (주민등록법 시행규칙 제2조).
    """
    if not _is_suspect(text):
        return None
    folded = _HEX.sub("x", fold(text))
    if any(_is_resident(digits) for digits in _candidates(folded)):
        return Forbidden("resident-number")
    if _PASSPORT.search(folded):
        return Forbidden("passport-number")
    return Forbidden("driving-licence-number") if _LICENCE.search(folded) else None


def forbidden_in(value: Any, *, exempt: Collection[str] = ()) -> tuple[str, Kind] | None:
    """The JSON Pointer (RFC 6901) and kind of the first forbidden number in a JSON value, or None.

    Pointers in `exempt` are typed fields (business, corporate number) and are not looked at. Keys are; one
    that holds a number is told by the pointer of its object, lest the pointer repeat it. Floats are measures
    and not looked at.
    """
    for pointer, text in _texts(value, ""):
        if pointer not in exempt and (found := find_forbidden(text)):
            return pointer, found.kind
    return None


def forbidden_in_bytes(raw: bytes) -> Forbidden | None:
    """What is forbidden in a raw Kafka value: UTF-8, else CP949, else Latin-1; sees past JSON's escapes.

    Ciphertext is not looked at: chance writes passport numbers into it.
    """
    text = _decode(raw)
    if "\\" not in text and not _is_suspect(text):
        return None
    try:
        found = forbidden_in(json.loads(text, object_pairs_hook=_without_ciphertext))
    except (ValueError, RecursionError):
        return find_forbidden(unescape(text))
    return Forbidden(found[1]) if found else None


def refusal(kind: Kind, pointer: str | None = None) -> Refusal:
    """The answer to somebody who sent a forbidden number: what to do, without the number."""
    ko, en = _NAMES[kind]
    return Refusal(
        "forbidden-number",
        ko=f"{ko} 받지 않습니다. 번호를 지우고 다시 보내 주시기 바랍니다.",
        en=f"{en} not accepted. Please remove the number and send it again.",
        pointer=pointer,
    )


def _is_suspect(text: str) -> bool:
    if long := _LONG.search(text):
        # Of what stands before the first long run, only the name of a region can matter.
        return bool(_SUSPECT.search(text, max(0, long.start() - 8)) or _LETTERED.search(text))
    return _LETTERED.search(text) is not None


def _candidates(folded: str) -> Iterator[str]:
    for pattern in _RESIDENT:
        for match in pattern.finditer(folded):
            yield re.sub(r"[^0-9]", "", match[0])
    for match in _TWO_LINES.finditer(folded):
        if not any(_WHOLE.fullmatch(part) for part in match.groups()):
            yield match[1] + match[2]


def _is_resident(digits: str) -> bool:
    if len(digits) != _RESIDENT_DIGITS or digits[6] not in "12345678":
        return False
    century = 1900 if digits[6] in "1256" else 2000
    try:
        date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    return True


def _texts(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, int) and not isinstance(value, bool):
        digits = str(value)
        # A number cell drops the leading zero of those born from 2001 to 2009.
        yield pointer, digits.zfill(_RESIDENT_DIGITS) if len(digits) == _RESIDENT_DIGITS - 1 else digits
    elif isinstance(value, dict):
        for key, item in value.items():
            yield pointer, str(key)
            yield from _texts(item, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list | tuple | set | frozenset):
        for index, item in enumerate(value):
            yield from _texts(item, f"{pointer}/{index}")


def _without_ciphertext(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """An object as pairs, which keep what a repeated key would hide; what is sealed is no text.

    One sealed object in some thousand has a passport number's letter and digits in its Base64 by chance.
    """
    return [(key, "" if key in _SEALED and _is_base64(value) else value) for key, value in pairs]


def _is_base64(value: Any) -> bool:
    return isinstance(value, str) and not len(value) % 4 and _BASE64.fullmatch(value) is not None


def _decode(raw: bytes) -> str:
    for encoding in ("utf-8", "cp949"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")
