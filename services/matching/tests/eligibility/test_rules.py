"""Income, certificates, military service and conditions, at their edges, and how far off one is."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.events.expressions import VARIABLES, holds
from ieum.common.events.intake import Certificate
from ieum.common.events.programme import Age, Income, Programme, Rule, Status, Text
from ieum.common.kernel.dates import age_on
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY
from ieum.matching.eligibility.domain import (
    Facts,
    decide_eligibility,
    fulfils_income,
    fulfils_status,
    income_share,
    variables,
)

MEDIANS = City.load(REPOSITORY / "deploy/cities/daegu").median_incomes
DAY = date(2026, 4, 1)
NO = Text(ko="안 됩니다.", en="No.")
HALF = Income(share_percent_max=50, refusal=NO)


def a_programme(**eligibility: Any) -> Programme:
    return Programme.model_validate(
        {
            "id": "p",
            "version": 1,
            "name": {"ko": "가", "en": "A"},
            "kind": "benefit",
            "agency": "a",
            "life_stages": ["youth"],
            "year": 2026,
            "period": {"opens": "2026-01-01", "closes": "2026-12-31"},
            "eligibility": eligibility,
            "choices": {"min": 0, "max": 0},
            "messages": {},
        }
    )


def earning(won: int | None, size: int | None = 1) -> Facts:
    return Facts(date(2000, 1, 1), income_monthly_won=won, household_size=size)


@pytest.mark.parametrize(
    ("won", "size", "share", "fulfilled"),
    [
        (1_282_119, 1, 50, True),  # half of 2,564,238 to the won
        (1_282_120, 1, 51, False),
        (2_099_646, 2, 50, True),
        (2_679_518, 3, 50, True),
        (2_679_519, 3, 51, False),
        (3_247_369, 4, 50, True),
        (3_247_370, 4, 51, False),
        (4_757_575, 7, 50, True),
        (4_757_576, 7, 51, False),
        (5_716_773, 9, 50, True),  # half of 9,515,150 and twice the 959,198 between seven and six
        (5_716_774, 9, 51, False),
        (0, 20, 0, True),
        (0, 1, 0, True),
        (2_564_238, 1, 100, False),
        (None, 1, None, False),
        (1, None, None, False),
    ],
)
def test_income_is_held_against_half_of_the_median_of_2026(
    won: int | None, size: int | None, share: int | None, fulfilled: bool
) -> None:
    facts = earning(won, size)
    assert income_share(facts, DAY, MEDIANS) == share
    assert fulfils_income(HALF, facts, DAY, MEDIANS) is fulfilled


def test_in_a_year_without_a_table_no_share_is_known() -> None:
    assert income_share(earning(1), date(2023, 12, 31), MEDIANS) is None
    assert not fulfils_income(HALF, earning(1), date(2027, 1, 1), MEDIANS)


@given(won=st.integers(0, 20_000_000), size=st.integers(1, 4), limit=st.integers(1, 300))
def test_a_share_is_within_a_limit_exactly_where_the_income_is(won: int, size: int, limit: int) -> None:
    """Oracle: the income times a hundred against the median times the limit, without division."""
    median = [2_564_238, 4_199_292, 5_359_036, 6_494_738][size - 1]
    share = income_share(earning(won, size), DAY, MEDIANS)
    assert share is not None
    assert (share <= limit) is (won * 100 <= median * limit)


@pytest.mark.parametrize(
    ("seen", "expires", "fulfilled"),
    [
        (DAY, None, True),
        (DAY - timedelta(days=400), None, True),
        (DAY - timedelta(days=90), DAY, True),  # its last day
        (DAY - timedelta(days=90), DAY - timedelta(days=1), False),
        (DAY + timedelta(days=1), None, False),  # seen after the day that counts
    ],
)
def test_a_status_counts_while_its_certificate_does(
    seen: date, expires: date | None, fulfilled: bool
) -> None:
    certificate = Certificate(status="near-poor", seen_on=seen, expires_on=expires)
    facts = Facts(None, certificates=(certificate,))
    assert fulfils_status(Status(of="status", any_of=("near-poor",), refusal=NO), facts, DAY) is fulfilled
    assert not fulfils_status(Status(of="status", any_of=("recipient",), refusal=NO), facts, DAY)


def test_a_status_may_count_on_a_fixed_day() -> None:
    rule = Status.model_validate(
        {"of": "status", "any_of": ["carer"], "at": {"on": "2026-03-26"}, "refusal": {"ko": "가", "en": "A"}}
    )
    late = Certificate(status="carer", seen_on=date(2026, 3, 27))
    assert not fulfils_status(rule, Facts(None, certificates=(late,)), DAY)


def test_what_one_says_of_oneself_is_a_group_and_no_status() -> None:
    facts = Facts(None, groups=frozenset({"near-poor"}))
    assert not fulfils_status(Status(of="status", any_of=("near-poor",), refusal=NO), facts, DAY)


def test_too_young_and_too_old_are_told_in_days() -> None:
    programme = a_programme(age=Age(minimum=19, maximum=34, at="application", refusal=NO))
    (young,) = decide_eligibility(programme, Facts(date(2007, 4, 11)), DAY)
    assert young.gap is not None
    assert (young.gap.unit, young.gap.by) == ("days", 10)
    assert young.gap.ko == "만 19세가 되시는 날은 2026년 4월 11일로, 기준일보다 10일 뒤입니다."
    (old,) = decide_eligibility(programme, Facts(date(1980, 1, 1)), DAY)
    assert old.gap is not None
    assert (old.gap.unit, old.gap.by) == ("days", 4109)  # from 1 January 2015 to 1 April 2026, both counted
    assert old.gap.ko.endswith("만 34세까지이며, 만 35세가 되시는 날은 2015년 1월 1일입니다.")


@given(born=st.dates(date(2007, 4, 2), date(2026, 4, 1)), minimum=st.integers(0, 30))
def test_after_the_days_that_are_missing_the_age_is_reached_and_not_a_day_before(
    born: date, minimum: int
) -> None:
    programme = a_programme(age=Age(minimum=minimum, maximum=150, at="application", refusal=NO))
    refused = decide_eligibility(programme, Facts(born), DAY)
    if age_on(born, DAY) >= minimum:
        assert refused == []
        return
    assert refused[0].gap is not None
    reached = DAY + timedelta(days=refused[0].gap.by)
    assert (age_on(born, reached), age_on(born, reached - timedelta(days=1))) == (minimum, minimum - 1)


def test_a_share_above_the_limit_is_told_with_both_numbers() -> None:
    (refused,) = decide_eligibility(a_programme(income=HALF), earning(2_000_000), DAY, MEDIANS)
    assert refused.gap is not None
    assert (refused.rule, refused.gap.unit, refused.gap.by) == ("income", "percentage-points", 28)
    assert refused.gap.ko == "가구 소득은 기준중위소득의 78%이며, 기준은 50% 이하입니다."
    (unknown,) = decide_eligibility(a_programme(income=HALF), earning(None), DAY, MEDIANS)
    assert unknown.gap is None


def test_a_condition_turns_away_under_its_own_name_after_the_other_rules() -> None:
    carer = Rule(id="carer", expression="'carer' in statuses && income_share <= 100", refusal=NO)
    programme = a_programme(income=HALF, rules=(carer,))
    facts = replace(earning(2_000_000), certificates=(Certificate(status="carer", seen_on=DAY),))
    assert [one.rule for one in decide_eligibility(programme, facts, DAY, MEDIANS)] == ["income"]
    assert [one.rule for one in decide_eligibility(programme, earning(None), DAY, MEDIANS)] == [
        "income",
        "carer",
    ]


def test_a_condition_may_name_every_variable_that_is_documented() -> None:
    """A person of whom all is known gives each variable a value of its declared type."""
    facts = Facts(
        date(2000, 1, 1), "27110", DAY, frozenset({"27110"}), "student",
        (Certificate(status="carer", seen_on=DAY),), 2, 3, 1_000_000,
        frozenset({"g"}), ("s",), ("f",), 7,
    )  # fmt: skip
    known = variables(facts, DAY, MEDIANS)
    assert known.keys() == VARIABLES.keys()
    for name in VARIABLES:
        assert holds(f"{name} == {name}", known)
    assert known["income_share"] == 19
