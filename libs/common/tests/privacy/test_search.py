"""Keyed hashes: equal values are found, and a hash tells nothing without the key."""

from __future__ import annotations

from hashlib import sha256

from ieum.common.privacy.purposes import BASES
from ieum.common.privacy.search import SearchKey

KEY = SearchKey(b"s" * 32)
PHONE = "+821012345678"


def test_equal_values_have_equal_hashes_of_16_bytes() -> None:
    assert KEY.of("phone", PHONE) == KEY.of("phone", PHONE)
    assert len(KEY.of("phone", PHONE)) == 16


def test_another_value_kind_or_key_gives_another_hash() -> None:
    others = {
        KEY.of("phone", "+821012345679"),
        KEY.of("birth-date", PHONE),
        SearchKey(b"t" * 32).of("phone", PHONE),
        sha256(PHONE.encode()).digest()[:16],
    }
    assert len(others) == 4
    assert KEY.of("phone", PHONE) not in others


def test_kind_and_value_do_not_run_into_each_other() -> None:
    assert KEY.of("a", "bc") != KEY.of("ab", "c")


def test_several_values_come_without_repeats_in_an_order_that_tells_nothing() -> None:
    hashes = KEY.all_of("jamo", ["ㄱㅣ", "ㅣㅁ", "ㄱㅣ"])
    assert hashes == KEY.all_of("jamo", ["ㅣㅁ", "ㄱㅣ"])
    assert len(hashes) == 2


def test_every_purpose_names_its_legal_basis() -> None:
    assert all(basis.startswith("PIPA ") for basis in BASES.values())
