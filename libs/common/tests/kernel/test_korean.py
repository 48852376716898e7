"""Names, jamo and particles."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kernel.korean import bigrams, initials, is_person_name, jamo, josa, normalise

SYLLABLES = st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣"))


@pytest.mark.parametrize(
    "name",
    [
        "홍길동",
        "김 한",
        "남궁민수",
        "Nguyễn Thị Hà",
        "Mary-Jane O’Neil",
        "J. R. Kim",
        "  홍길동 ",
        "Li",
        "가" * 60,
        "Kim Jr.",
    ],
)
def test_names_are_taken(name: str) -> None:
    assert is_person_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "김",
        "가" * 61,
        "홍길동1",
        "ㅋㅋ",
        "--",
        "홍길동, 김철수",
        "홍\n",
        "010-1234-5678",
        "李明",
        "-홍길동",
        "a@b.kr",
    ],
)
def test_what_is_no_name_is_not(name: str) -> None:
    assert not is_person_name(name)


def test_decomposed_hangul_and_odd_spaces_become_plain() -> None:
    assert normalise(unicodedata.normalize("NFD", "\u3000홍길동\u00a0\u00a0씨\u200b ")) == "홍길동 씨"


def test_jamo_are_spelt_as_typed() -> None:
    assert jamo("닭과") == "ㄷㅏㄹㄱㄱㅗㅏ"
    assert jamo("값 Kim") == "ㄱㅏㅂㅅ kim"


def test_initials_are_the_first_consonants() -> None:
    assert initials("홍길동") == "ㅎㄱㄷ"
    assert initials("김 Tom 쌍") == "ㄱtomㅆ"


@given(st.text(SYLLABLES, max_size=5))
def test_jamo_agree_with_unicode_decomposition(text: str) -> None:
    """Unicode's own names of the conjoining letters, compounds split by hand, are the oracle."""
    pieces = {"WA": "O A", "WAE": "O AE", "OE": "O I", "WEO": "U EO", "WE": "U E", "WI": "U I", "YI": "EU I"}
    names = []
    for letter in unicodedata.normalize("NFD", text):
        name = unicodedata.name(letter).split(maxsplit=2)[2]
        names += pieces.get(name, name.replace("-", " ")).split()
    shown = [unicodedata.name(letter).removeprefix("HANGUL LETTER ") for letter in jamo(text)]
    assert shown == names


@given(st.text(SYLLABLES, min_size=1, max_size=8), st.data())
def test_a_part_of_a_name_has_a_part_of_its_pairs(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert bigrams(name[start:end]) <= bigrams(name)


def test_pairs_of_short_texts() -> None:
    assert bigrams("") == frozenset()
    assert bigrams("ㄱ") == {"ㄱ"}
    assert bigrams("김 한") == {"ㄱㅣ", "ㅣㅁ", "ㅁㅎ", "ㅎㅏ", "ㅏㄴ"}


@pytest.mark.parametrize(
    ("word", "pair", "expected"),
    [
        ("청년", "은/는", "청년은"),
        ("학교", "은/는", "학교는"),
        ("신청", "이/가", "신청이"),
        ("서류", "을/를", "서류를"),
        ("상담사", "과/와", "상담사와"),
        ("서울", "으로/로", "서울로"),
        ("대구", "으로/로", "대구로"),
        ("부산", "으로/로", "부산으로"),
        ("3", "을/를", "3을"),
        ("2", "을/를", "2를"),
        ("10", "이/가", "10이"),
        ("1", "으로/로", "1로"),
        ("SMS", "을/를", "SMS를"),
        ("URL", "을/를", "URL을"),
        ("PIN", "이/가", "PIN이"),
        ("Slack", "은/는", "Slack은"),
        ("email", "으로/로", "email로"),
        ("Zoom", "으로/로", "Zoom으로"),
        ("file", "을/를", "file을"),
        ("demo", "을/를", "demo를"),
        ("‘청년’", "은/는", "‘청년’은"),
        ("YES! 매칭(대구)", "은/는", "YES! 매칭(대구)는"),
        ("★", "은/는", "★은(는)"),
        ("", "은/는", "은(는)"),
    ],
)
def test_the_particle_follows_the_last_sound(word: str, pair: str, expected: str) -> None:
    assert josa(word, pair) == expected


def test_an_unknown_pair_is_an_error() -> None:
    with pytest.raises(KeyError):
        josa("청년", "는/은")
