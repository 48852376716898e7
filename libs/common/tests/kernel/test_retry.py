"""The retry policy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kernel.retry import RetryPolicy


def test_delays_double_up_to_the_maximum() -> None:
    policy = RetryPolicy()
    assert [policy.next_delay(n, 0.0) for n in range(1, 9)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_the_last_attempt_falls_on_the_deadline() -> None:
    policy = RetryPolicy()
    assert policy.next_delay(12, 57.5) == 2.5
    assert policy.next_delay(13, 60.0) is None
    assert policy.next_delay(1, 61.0) is None


def test_a_million_attempts_do_not_overflow() -> None:
    assert RetryPolicy().next_delay(1_000_000, 0.0) == 10.0
    assert RetryPolicy(factor=1.0).next_delay(1_000_000, 0.0) == 0.2


@pytest.mark.parametrize(
    "wrong",
    [{"first_delay_seconds": 0}, {"first_delay_seconds": 11}, {"factor": 0.5}, {"give_up_after_seconds": -1}],
)
def test_a_policy_that_makes_no_sense_is_an_error(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="seconds"):
        RetryPolicy(**wrong)


def test_attempts_count_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        RetryPolicy().next_delay(0, 0.0)


@given(st.floats(0.01, 5), st.floats(1, 4), st.floats(5, 50), st.floats(0, 300))
def test_following_the_policy_ends_at_the_deadline(
    first: float, factor: float, most: float, limit: float
) -> None:
    policy = RetryPolicy(first, factor, most, limit)
    since, attempt, before = 0.0, 1, 0.0
    while (delay := policy.next_delay(attempt, since)) is not None:
        assert 0 < delay <= most
        assert delay >= before or delay == limit - since
        since, attempt, before = since + delay, attempt + 1, delay
        assert attempt < 100_000
    assert since == pytest.approx(limit)
