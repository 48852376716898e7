"""Encodings of CSV files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kernel.csvtext import cp949_losses, decode
from ieum.common.kernel.errors import Refusal

TEXT = "이름,전화\r\n홍길동,010-1234-5678\r\n똠방각하,펲\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_the_encoding_is_found(encoding: str) -> None:
    assert decode(TEXT.encode(encoding)) == (TEXT, encoding)


def test_plain_ascii_and_nothing_are_utf_8() -> None:
    assert decode(b"a,b") == ("a,b", "utf-8")
    assert decode(b"") == ("", "utf-8")


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode("utf-16"),
        b"PK\x03\x04\x00\x00",
        b"\xef\xbb\xbf" + TEXT.encode("cp949"),
        TEXT.encode() + b"\xff",
        b"a\x00b",
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        decode(raw)
    assert refused.value.code == "encoding-unknown"
    assert "CSV UTF-8" in refused.value.ko
    assert "CSV UTF-8" in refused.value.en


@given(st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=1))
def test_every_syllable_can_be_written_in_cp949(text: str) -> None:
    assert cp949_losses(text) == []
    assert text.encode("cp949").decode("cp949") == text


def test_losses_are_told_by_line_and_column() -> None:
    assert cp949_losses("이름,메모\nNguyễn,좋음😀\r\n끝") == [(2, 5, "ễ"), (2, 10, "😀")]


@given(st.text(max_size=50))
def test_without_its_losses_a_text_can_be_written(text: str) -> None:
    lines = text.split("\n")
    lost = cp949_losses(text)
    for line, column, char in lost:
        assert lines[line - 1][column - 1] == char
    kept = "".join(c for c in text if c not in {char for _, _, char in lost})
    assert cp949_losses(kept) == []
