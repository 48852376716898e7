"""Phone numbers in and out of E.164."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.phones import display, mask, to_e164


@pytest.mark.parametrize(
    ("text", "e164", "shown"),
    [
        ("010-1234-5678", "+821012345678", "010-1234-5678"),
        ("01012345678", "+821012345678", "010-1234-5678"),
        ("1012345678", "+821012345678", "010-1234-5678"),
        ("1012345678.0", "+821012345678", "010-1234-5678"),
        ("010.1234.5678", "+821012345678", "010-1234-5678"),
        ("０１０－１２３４－５６７８", "+821012345678", "010-1234-5678"),
        ("+82 10-1234-5678", "+821012345678", "010-1234-5678"),
        ("+82 (0)10 1234 5678", "+821012345678", "010-1234-5678"),
        ("0082-10-1234-5678", "+821012345678", "010-1234-5678"),
        ("02-734-5678", "+8227345678", "02-734-5678"),
        ("02)2345-6789", "+82223456789", "02-2345-6789"),
        ("223456789", "+82223456789", "02-2345-6789"),
        ("053-803-1234", "+82538031234", "053-803-1234"),
        ("538031234", "+82538031234", "053-803-1234"),
        ("031-2345-6789", "+823123456789", "031-2345-6789"),
        ("070-1234-5678", "+827012345678", "070-1234-5678"),
        ("0504-1234-5678", "+8250412345678", "0504-1234-5678"),
        ("0505-123-4567", "+825051234567", "0505-123-4567"),
        ("1588-1234", "+8215881234", "1588-1234"),
        ("16441234", "+8216441234", "1644-1234"),
        ("+82 1899 1234", "+8218991234", "1899-1234"),
        ("080-123-4567", "+82801234567", "080-123-4567"),
        ("+1 (202) 555-0100", "+12025550100", "+12025550100"),
        ("＋８１ 3-1234-5678", "+81312345678", "+81312345678"),
    ],
)
def test_numbers_are_kept_as_e164_and_shown_as_known(text: str, e164: str, shown: str) -> None:
    assert to_e164(text) == e164
    assert display(e164) == shown
    assert to_e164(shown) == e164


@pytest.mark.parametrize(
    "text",
    [
        "",
        "없음",
        "112",
        "119",
        "010-1234-567",
        "010-1234-56789",
        "011-123-4567",
        "1 202 555 0100",
        "+0 202 555 0100",
        "+1 202",
        "+1 202 555 0100 0000 00",
        "099-123-4567",
        "053-103-1234",
        "1788-1234",
        "010-1234-5678 / 053-803-1234",
        "900101-1234567",
        "+8201",
        "02-1234-56O8",
    ],
)
def test_anything_else_is_refused_in_both_languages(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        to_e164(text)
    assert refused.value.code == "phone-number"
    assert "전화번호" in refused.value.ko
    assert "phone" in refused.value.en


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        ("+821012345678", "010-****-5678"),
        ("+82538031234", "053-***-1234"),
        ("+8215881234", "1588-****"),
        ("+12025550100", "+*******0100"),
    ],
)
def test_a_masked_number_hides_one_group(e164: str, masked: str) -> None:
    assert mask(e164) == masked


@pytest.mark.parametrize("text", ["010-1234-5678", "12025550100", "+82", "+82119"])
def test_only_e164_can_be_shown(text: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        display(text)


@given(st.integers(0, 99_999_999))
def test_every_mobile_number_survives_a_round_trip(line: int) -> None:
    e164 = to_e164(f"10{line:08}")
    assert e164 == f"+8210{line:08}"
    assert to_e164(display(e164)) == e164
