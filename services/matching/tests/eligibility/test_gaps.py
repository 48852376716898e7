"""How far off one is, for every rule that knows a distance, at its edges."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.events.intake import Certificate
from ieum.common.events.programme import Age, Residence, Status, Text
from ieum.common.kernel.dates import age_on, reaches
from ieum.matching.eligibility.domain import Facts, decide_eligibility
from ieum.matching.eligibility.gaps import Gap

from .test_rules import a_programme

DAY = date(2026, 4, 1)
NO = Text(ko="안 됩니다.", en="No.")
PLACES = {"27110": Text(ko="중구", en="Jung-gu"), "27140": Text(ko="동구", en="Dong-gu")}
NEAR_POOR = Status(of="status", any_of=("near-poor",), refusal=NO)


def gap(facts: Facts, **rules: object) -> Gap:
    (refused,) = decide_eligibility(a_programme(**rules), facts, DAY, (), PLACES)
    assert refused.gap is not None
    return refused.gap


def test_the_issues_own_sentence_opens_at_nineteen_in_forty_three_days() -> None:
    rule = Age(minimum=19, maximum=34, at="application", refusal=NO)
    found = gap(Facts(date(2007, 5, 14)), age=rule)
    assert (found.unit, found.by) == ("days", 43)
    assert found.en == "You turn 19 on 2026-05-14, 43 days after the day that counts."


def test_military_service_is_named_where_it_lifted_the_upper_age() -> None:
    rule = Age(minimum=19, maximum=34, at="application", service_years_max=2, refusal=NO)
    facts = Facts(date(1989, 3, 31), service_years=5)  # 37 since yesterday
    found = gap(facts, age=rule)
    assert found.by == 2
    assert found.ko == (
        "신청하실 수 있는 나이는 복무 기간 2년을 더하여 만 36세까지이며, "
        "만 37세가 되시는 날은 2026년 3월 31일입니다."
    )
    assert not decide_eligibility(a_programme(age=rule), Facts(date(1989, 4, 2), service_years=5), DAY)


@given(
    born=st.dates(date(1900, 1, 1), date(2026, 4, 1)), maximum=st.integers(0, 100), served=st.integers(0, 4)
)
def test_so_many_days_before_one_was_still_young_enough(born: date, maximum: int, served: int) -> None:
    """Going back by the gap, the age is within the limit; a day later it is not."""
    rule = Age(minimum=0, maximum=maximum, at="application", service_years_max=2, refusal=NO)
    limit = maximum + min(served, 2)
    facts = Facts(born, service_years=served)
    if age_on(born, DAY) <= limit:
        assert not decide_eligibility(a_programme(age=rule), facts, DAY)
        return
    by = gap(facts, age=rule).by
    assert by is not None
    last = DAY - timedelta(days=by)
    assert (age_on(born, last), age_on(born, last + timedelta(days=1))) == (limit, limit + 1)


@given(born=st.dates(date(1900, 1, 1), date(2030, 1, 1)), years=st.integers(0, 150))
def test_an_age_is_reached_on_a_day_and_not_before(born: date, years: int) -> None:
    day = reaches(born, years)
    assert age_on(born, day) == years
    assert years == 0 or age_on(born, day - timedelta(days=1)) == years - 1


def test_a_move_that_comes_too_late_is_told_in_days() -> None:
    rule = Residence(
        accepts=("resident", "moving-in"), districts=("27110",), moving_in_by=date(2026, 4, 30), refusal=NO
    )
    found = gap(Facts(None, district="11110", moving_in=date(2026, 5, 3)), residence=rule)
    assert (found.unit, found.by) == ("days", 3)
    assert found.ko == "전입 예정일은 2026년 5월 3일로, 전입 기한인 2026년 4월 30일보다 3일 늦습니다."


def test_who_lives_elsewhere_is_told_where_and_by_when_to_move() -> None:
    rule = Residence(
        accepts=("resident", "moving-in"),
        districts=("27110", "27140"),
        moving_in_by=date(2026, 4, 30),
        refusal=NO,
    )
    found = gap(Facts(None, district="11110"), residence=rule)
    assert (found.unit, found.by) == ("districts", None)
    assert found.ko == "해당 지역은 중구, 동구입니다. 전입하시는 경우 2026년 4월 30일까지 전입하셔야 합니다."
    assert found.en == "The districts are Jung-gu, Dong-gu. Whoever moves in must have done so by 2026-04-30."


def test_a_day_of_moving_in_is_told_to_nobody_where_moving_in_does_not_count() -> None:
    rule = Residence(accepts=("resident",), districts=("27110",), moving_in_by=date(2026, 4, 30), refusal=NO)
    assert gap(Facts(None, moving_in=date(2026, 5, 3)), residence=rule).ko == "해당 지역은 중구입니다."


@pytest.mark.parametrize(
    ("seen", "expires", "unit", "by"),
    [
        (date(2025, 1, 1), date(2026, 3, 31), "days", 1),
        (date(2025, 1, 1), date(2026, 3, 1), "days", 31),
        (date(2026, 4, 2), None, "certificate", None),  # seen a day too late
    ],
)
def test_a_certificate_expired_on_a_day_or_was_never_seen(
    seen: date, expires: date | None, unit: str, by: int | None
) -> None:
    paper = Certificate(status="near-poor", seen_on=seen, expires_on=expires)
    other = Certificate(status="carer", seen_on=date(2025, 1, 1), expires_on=date(2026, 3, 30))
    found = gap(Facts(None, certificates=(paper, other)), statuses=(NEAR_POOR,))
    assert (found.unit, found.by) == (unit, by)


def test_employment_is_no_paper() -> None:
    rule = Status(of="employment", any_of=("unemployed",), refusal=NO)
    (refused,) = decide_eligibility(a_programme(statuses=(rule,)), Facts(None, employment="student"), DAY)
    assert refused.gap is None
