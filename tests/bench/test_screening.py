"""Many persons for 100 programmes within the aim, and what a sample gets one by one."""

import pytest

from .aims import AIMS
from .screening import seconds_for


@pytest.mark.parametrize(
    "persons",
    [2_000, pytest.param(100_000, marks=pytest.mark.long), pytest.param(1_000_000, marks=pytest.mark.long)],
)
def test_all_persons_for_a_hundred_programmes(persons: int) -> None:
    """20,000 pairs, drawn at random, are decided one by one too; on one thread."""
    name = "screening" if persons <= 100_000 else "screening-nation"
    assert AIMS[name].is_met(sum(seconds_for(persons)))
