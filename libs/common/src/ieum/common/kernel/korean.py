"""Korean text: names, jamo for search, and the particles (조사) that follow a word in a message."""

from __future__ import annotations

import re
from itertools import pairwise
from unicodedata import normalize

_LEADS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
# Compounds are spelt as they are typed, so that a half-typed syllable finds the whole one.
_VOWELS = re.split(" ", "ㅏ ㅐ ㅑ ㅒ ㅓ ㅔ ㅕ ㅖ ㅗ ㅗㅏ ㅗㅐ ㅗㅣ ㅛ ㅜ ㅜㅓ ㅜㅔ ㅜㅣ ㅠ ㅡ ㅡㅣ ㅣ")
_TAILS = re.split(
    ",",
    ",ㄱ,ㄲ,ㄱㅅ,ㄴ,ㄴㅈ,ㄴㅎ,ㄷ,ㄹ,ㄹㄱ,ㄹㅁ,ㄹㅂ,ㄹㅅ,ㄹㅌ,ㄹㅍ,ㄹㅎ,ㅁ,ㅂ,ㅂㅅ,ㅅ,ㅆ,ㅇ,ㅈ,ㅊ,ㅋ,ㅌ,ㅍ,ㅎ",
)
_FIRST, _LAST = ord("가"), ord("힣")

_NAME_LENGTHS = range(2, 61)
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_NAME = re.compile(f"[가-힣{_LATIN}](?:[가-힣{_LATIN} '’.-]*[가-힣{_LATIN}.])?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")

# What follows a consonant, and what follows a vowel.
_PARTICLES = {
    "은/는": ("은", "는"),
    "이/가": ("이", "가"),
    "을/를": ("을", "를"),
    "과/와": ("과", "와"),
    "아/야": ("아", "야"),
    "이나/나": ("이나", "나"),
    "이라/라": ("이라", "라"),
    "으로/로": ("으로", "로"),
}
_CLOSING = " \t\n\"'’”)]}>」』》〉.,!?…"
# Sino-Korean readings: 영 일 이 삼 사 오 육 칠 팔 구; a number that ends in 0 ends in 십, 백, 천 or 만.
_DIGIT_TAILS = dict(zip("0123456789", ("ㅇ", "ㄹ", "", "ㅁ", "", "", "ㄱ", "ㄹ", "ㄹ", ""), strict=True))
# Names of letters with a final consonant: 엘, 엠, 엔, 알.
_LETTER_TAILS = {"L": "ㄹ", "M": "ㅁ", "N": "ㄴ", "R": "ㄹ"}
# English words that Korean writes with a final consonant: 서울, 팀, 플랜, 슬랙, 인터넷, 컵.
_WORD_TAIL = re.compile(r"(l|ll)e?$|(m|n|ng|(?<=[aeiou])(?:ck|[bckpt]))$")


def normalise(text: str) -> str:
    """NFC (macOS sends decomposed Hangul), one plain space between words, none around, nothing invisible."""
    return " ".join(_INVISIBLE.sub("", normalize("NFC", text)).split())


def is_person_name(text: str) -> bool:
    """Whether it may be a name: Hangul syllables or Latin letters in one field, 2-60 characters.

    Spaces, hyphens, apostrophes and dots may stand inside: Mary-Jane O’Neil, J. R. Kim. Digits and lone jamo
    may not. It is normalised first.
    """
    name = normalise(text)
    return len(name) in _NAME_LENGTHS and _NAME.fullmatch(name) is not None


def jamo(text: str) -> str:
    """The letters of a text as they are typed: 닭과 → ㄷㅏㄹㄱㄱㅗㅏ; anything but Hangul in lower case."""
    return "".join(_typed(char) for char in normalise(text))


def initials(text: str) -> str:
    """The initial consonants (초성), without spaces: 홍길동 → ㅎㄱㄷ; anything but Hangul in lower case."""
    return "".join(_initial(char) for char in normalise(text) if char != " ")


def bigrams(text: str) -> frozenset[str]:
    """The pairs of neighbouring jamo, without spaces: what a part of a name shares with the whole name.

    The pairs of any part are among those of the whole. A single letter stands alone; no letter gives none.
    """
    letters = jamo(text).replace(" ", "")
    if len(letters) == 1:
        return frozenset(letters)
    return frozenset(first + second for first, second in pairwise(letters))


def josa(word: str, pair: str) -> str:
    """The word with the particle of a pair such as `은/는` that fits its last sound: 청년은, 학교는, 3을.

    Closing brackets and quotes are looked past, digits and Latin are read as Koreans do. Where no sound can
    be told both are given: ★은(는). Raises KeyError for a pair that is not known.
    """
    after_consonant, after_vowel = _PARTICLES[pair]
    tail = _last_sound(word.rstrip(_CLOSING))
    if tail is None:
        return f"{word}{after_consonant}({after_vowel})"
    ends_open = tail == "" or (pair == "으로/로" and tail == "ㄹ")
    return word + (after_vowel if ends_open else after_consonant)


def _parts(char: str) -> tuple[int, int, int] | None:
    code = ord(char) - _FIRST
    if not 0 <= code <= _LAST - _FIRST:
        return None
    vowels, tails = len(_VOWELS), len(_TAILS)
    return code // (vowels * tails), code // tails % vowels, code % tails


def _typed(char: str) -> str:
    parts = _parts(char)
    return _LEADS[parts[0]] + _VOWELS[parts[1]] + _TAILS[parts[2]] if parts else char.lower()


def _initial(char: str) -> str:
    parts = _parts(char)
    return _LEADS[parts[0]] if parts else char.lower()


def _last_sound(word: str) -> str | None:
    """The final consonant that is heard, empty after a vowel, None where nothing can be read."""
    last = word[-1:]
    if last and (parts := _parts(last)):
        return _TAILS[parts[2]]
    if last in _DIGIT_TAILS:
        return _DIGIT_TAILS[last]
    latin = re.search(r"[A-Za-z]+$", word)
    return _latin_sound(latin[0]) if latin else None


def _latin_sound(word: str) -> str:
    if word.isupper():
        return _LETTER_TAILS.get(word[-1], "")
    tail = _WORD_TAIL.search(word.lower())
    if tail is None:
        return ""
    return "ㄹ" if tail[1] else "ㅇ"
