"""The quick look never clears what the careful one finds."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ieum.common.kafka.prefilter import is_surely_clean
from ieum.common.kernel.forbidden import forbidden_in_bytes

# What numbers are made of, and what people put between.
PIECES = st.sampled_from([
    "900101", "1234567", "9001011234567", "90", "01", "1", "2", "9", "0", "11", "28", "123456",
    "-", " ", ".", ":", "/", "~", "_", "  - ", "－", "–", "·", "　", "\u200b", "\x00", "\x1c", "\n", "\t",
    "９", "①", "٣", "ㅡ", "대구", "서울",
    "M", "m12345678", "S123A4567", "Ｄ", "D", "12345678", "a", "가", "\\u0039", '"', "T00:00:00.123456Z",
    "123e4567-e89b-12d3-a456-426614174000", "00000000-0000-0000-0000-000000000000",
])  # fmt: skip
TEXTS = st.lists(PIECES, max_size=24).map("".join)


@given(TEXTS, st.sampled_from(["utf-8", "cp949"]))
@example("900101-1234567", "utf-8")
@example("9 0 0 1 0 1 1 2 3 4 5 6 7", "utf-8")
@example("대구 12-345678-90", "utf-8")
@example("11-12-345678-90", "utf-8")
@example("M12345678", "utf-8")
@example("M123A4567", "utf-8")
@example("900101\x1c1234567", "utf-8")
def test_what_is_forbidden_is_never_surely_clean(text: str, encoding: str) -> None:
    for written in (text, json.dumps({"memo": text}), json.dumps({"memo": text}, ensure_ascii=False)):
        value = written.encode(encoding, errors="ignore")
        if forbidden_in_bytes(value):
            assert not is_surely_clean(value)


@given(st.integers(0, 10**13))
def test_a_number_cell_that_is_forbidden_is_never_surely_clean(number: int) -> None:
    value = json.dumps({"n": number}).encode()
    if forbidden_in_bytes(value):
        assert not is_surely_clean(value)


@pytest.mark.parametrize(
    "value",
    [
        '{"person":"123e4567-e89b-42d3-a456-426614174000","at":"2026-11-22T15:02:22.123456Z"}',
        '{"title":"대구 북구 청년 카페","phone":"010-1234-5678","wage":12000}',
    ],
)
def test_ordinary_values_are_surely_clean(value: str) -> None:
    assert is_surely_clean(value.encode())


def test_a_value_that_is_no_utf8_is_looked_at_closely() -> None:
    assert not is_surely_clean("메모".encode("cp949"))
