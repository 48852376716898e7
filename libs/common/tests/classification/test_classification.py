"""NCS and KECO as they are, and what people write instead: every word leads to one code and back."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from ieum.common.classification import Classification, classification, files

NCS, KECO = files.ncs(), files.keco()
ENTRIES = [
    *((one, "field") for one in (*NCS.majors, *files.terms())),
    *((one, "skill") for one in files.skills()),
]


def test_ncs_has_24_fields_numbered_on_and_keco_10_majors_and_35_groups() -> None:
    """The counts that 한국산업인력공단 and the ministry's announcement of 25 December 2017 name."""
    assert [one.code for one in NCS.majors] == [f"{number:02}" for number in range(1, 25)]
    assert [one.code for one in KECO.majors] == list("0123456789")
    codes = [one.code for one in KECO.groups]
    assert (len(codes), codes) == (35, sorted(set(codes)))
    assert {code[0] for code in codes} == {one.code for one in KECO.majors}


def test_every_code_that_is_named_is_there() -> None:
    groups, majors = {one.code for one in KECO.groups}, {one.code for one in NCS.majors}
    assert {code for one in NCS.majors for code in one.keco} <= groups
    for term in (*files.terms(), *files.skills()):
        assert {term.ncs} - {None} <= majors, term.ko
        assert {term.keco} - {None} <= groups, term.ko


@pytest.mark.parametrize(("entry", "kind"), ENTRIES, ids=str)
def test_each_word_leads_to_its_entry_and_the_entry_back_to_its_code(entry: files.Term, kind: str) -> None:
    found = classification().field if kind == "field" else classification().skill
    for word in entry.words:
        for written in (word, word.upper(), f" {word} ", word.replace(" ", ""), normalize("NFD", word)):
            meant = found(written)
            assert meant is not None, written
            assert (meant.ko, meant.en) == (entry.ko, entry.en)
            assert meant.ncs == (getattr(entry, "ncs", None) or getattr(entry, "code", None))


def test_a_group_of_keco_means_the_field_that_it_alone_makes_up_or_a_part_of_it() -> None:
    known = classification()
    food, guards, care = (
        known.field(one) for one in ("음식 서비스직", "경호·경비직", "돌봄 서비스직(간병·육아)")
    )
    assert food is not None
    assert (food.ko, food.ncs, food.keco, food.whole) == ("음식서비스", "13", "53", True)
    assert guards is not None
    assert (guards.ko, guards.ncs, guards.whole) == ("경호·경비직", "11", False)
    assert care is not None
    assert (care.ncs, care.keco) == (None, "55")
    assert all(known.field(group.ko) for group in KECO.groups)


@pytest.mark.parametrize(
    ("word", "ncs", "keco"),
    [
        ("코딩", "20", "13"), ("개발자", "20", "13"), ("software engineer", "20", "13"),
        ("사회복지사", "07", "23"), ("바리스타", "13", "53"), ("카페", "13", "53"), ("IT", "20", None),
    ],
)  # fmt: skip
def test_everyday_words_have_the_codes_one_expects(word: str, ncs: str, keco: str | None) -> None:
    meant = classification().field(word)
    assert meant is not None
    assert (meant.ncs, meant.keco) == (ncs, keco)


def test_what_no_list_has_is_nothing_and_c_is_not_c_plus_plus() -> None:
    known = classification()
    assert known.field("자개 공방") is None
    assert known.field("") is None
    names = {one.ko for word in ("C", "C++", "C#") if (one := known.skill(word))}
    assert names == {"C 언어", "C++", "C#"}


def test_two_entries_with_a_word_in_common_are_refused() -> None:
    twice = (files.Term(ko="가", en="a", also=("다",)), files.Term(ko="나", en="b", also=("다",)))
    with pytest.raises(ValueError, match="다 means 가 and 나"):
        Classification(NCS, KECO, (), twice)
