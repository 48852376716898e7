"""Plausible Korean names: surnames by their share in the census of 2015, given names of common syllables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

# Per mille of the population, rounded (KOSTAT, 2015 인구주택총조사); the last are rare and of two syllables.
_SURNAMES = {
    "김": 215, "이": 147, "박": 84, "최": 47, "정": 43, "강": 24, "조": 21, "윤": 21, "장": 20, "임": 17,
    "한": 15, "오": 15, "서": 15, "신": 15, "권": 14, "황": 14, "안": 14, "송": 14, "전": 11, "홍": 11,
    "유": 9, "고": 9, "문": 9, "양": 9, "손": 9, "배": 8, "백": 8, "허": 7, "남": 6, "심": 6,
    "노": 5, "하": 5, "곽": 4, "성": 4, "차": 4, "주": 4, "우": 4, "구": 4, "도": 1, "추": 1,
    "남궁": 1, "황보": 1, "선우": 1,
}  # fmt: skip
_FIRST = "민서지현준예도하유수은태재승성동영진경소다주우채나혜정상시윤"
_SECOND = "준우민현서윤호진영은원연빈훈아희주석수경환림지기혁나규솔율"


def korean_name(rng: Random) -> str:
    """A surname and a given name of two syllables that differ."""
    surname = rng.choices(list(_SURNAMES), list(_SURNAMES.values()))[0]
    first = rng.choice(_FIRST)
    return surname + first + rng.choice([syllable for syllable in _SECOND if syllable != first])
