"""Registration numbers of organisations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.numbers import (
    business_number,
    corporate_number,
    display_business,
    display_corporate,
    is_business_number,
    is_corporate_number,
)

# Published by their holders: a test number of python-stdnum, Naver, Samsung Electronics.
BUSINESS = ["116-82-00276", "220-81-62517", "124-81-00998"]


@pytest.mark.parametrize("printed", BUSINESS)
def test_real_business_numbers_are_taken_and_printed_back(printed: str) -> None:
    digits = business_number(printed)
    assert digits == printed.replace("-", "")
    assert display_business(digits) == printed
    assert business_number(f" {digits} ") == digits


@pytest.mark.parametrize(
    "text", ["", "116-82-00278", "1168200", "000-00-00000", "1-1682-00276", "116-82-0027O", "900101-1234567"]
)
def test_other_business_numbers_are_refused(text: str) -> None:
    assert not is_business_number(text)
    with pytest.raises(Refusal) as refused:
        business_number(text)
    assert refused.value.code == "business-number"


@given(st.sampled_from(BUSINESS), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_in_a_business_number_is_noticed(printed: str, at: int, by: int) -> None:
    """The ninth digit has weight 5 and its tens too, which still tells all ten apart."""
    digits = printed.replace("-", "")
    wrong = digits[:at] + str((int(digits[at]) + by) % 10) + digits[at + 1 :]
    assert not is_business_number(wrong)


# The registry's own example, and Samsung Electronics.
@pytest.mark.parametrize("printed", ["110111-0062432", "130111-0006246"])
def test_real_corporate_numbers_are_taken_and_printed_back(printed: str) -> None:
    digits = corporate_number(printed)
    assert display_corporate(digits) == printed
    assert is_corporate_number("１" + digits[1:])


def test_a_corporate_number_without_a_check_digit_is_taken_as_those_given_since_2025() -> None:
    assert corporate_number("110111-0912345") == "1101110912345"


@pytest.mark.parametrize("text", ["", "110111-006243", "900101-1234567", "0000000000000x", "116-82-00276"])
def test_other_corporate_numbers_are_refused(text: str) -> None:
    assert not is_corporate_number(text)
    with pytest.raises(Refusal) as refused:
        corporate_number(text)
    assert refused.value.code == "corporate-number"
