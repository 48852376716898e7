"""Different writings of one text made alike, so that a number is found however it is dressed."""

from __future__ import annotations

import re
from unicodedata import digit

# For character classes: decimal digits of every script, then superscripts, subscripts, circled ones.
DIGIT = (
    r"\d\u00b2\u00b3\u00b9\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c\u2488-\u2490\u24ea"
    r"\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792"
)
# What shows nothing: controls, soft hyphen, zero widths, direction marks, fillers, variation selectors,
# keycaps.
IGNORED = (
    r"\x00-\x08\x0e-\x1b\x7f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
_HYPHENS = "‐‑‒–—―⁃⁻₋−─━﹘﹣－ーㅡᅳｰ"
_DOTS = "·・･•‧∙⋅․‥…．。｡ㆍᆞ"
_UNDERSCORES, _TILDES, _SLASHES, _COLONS = "＿‗", "～〜∼˜", "／⁄∕＼\\\\", "：﹕∶"
SEPARATOR = r"\s\u2800\-._~/:" + _HYPHENS + _DOTS + _UNDERSCORES + _TILDES + _SLASHES + _COLONS

_DIGITS = re.compile(f"[{DIGIT}]")
_IGNORED = re.compile(f"[{IGNORED}]")
_BREAKS = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_ALIKE = str.maketrans(
    dict.fromkeys(_HYPHENS, "-")
    | dict.fromkeys(_DOTS, ".")
    | dict.fromkeys(_UNDERSCORES, "_")
    | dict.fromkeys(_TILDES, "~")
    | dict.fromkeys(_SLASHES, "/")
    | dict.fromkeys(_COLONS, ":")
    | {"\u2800": " "}
    | {chr(full): chr(full - 0xFEE0) for full in (*range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([nrt/]))")
_SHORT = {"n": "\n", "r": "\r", "t": "\t", "/": "/"}


def fold(text: str) -> str:
    """The text with ASCII digits and capitals, plain separators, line feeds for breaks, nothing invisible."""
    shown = _IGNORED.sub("", text)
    if not shown.isascii():
        shown = _DIGITS.sub(lambda found: str(digit(found[0])), shown)
    return _BREAKS.sub("\n", shown.translate(_ALIKE))


def unescape(text: str) -> str:
    """The text with JSON's escapes for characters, line breaks and slashes replaced; unpaired ones too."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _SHORT[found[2]], text)
