"""Many persons at once get the answers that each gets alone: random persons, random rules, all the files."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ieum.common.events.intake import Certificate
from ieum.common.events.programme import Programme
from ieum.common.events.programme_file import load_programme
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY
from ieum.matching.eligibility.columns import columns_of
from ieum.matching.eligibility.domain import Facts, decide_eligibility
from ieum.matching.eligibility.screening import screen

from .test_rules import a_programme

CITIES = REPOSITORY / "deploy/cities"
MEDIANS = City.load(CITIES / "daegu").median_incomes
PROGRAMMES = [load_programme(path) for path in sorted(CITIES.glob("*/programmes/*.yaml"))]
DAY = date(2026, 4, 1)
REFUSAL = {"ko": "안 됩니다.", "en": "No."}

DAYS = st.one_of(st.dates(date(2025, 12, 30), date(2026, 5, 2)), st.dates(date(1930, 1, 1), date(2030, 1, 1)))
BIRTHS = st.one_of(st.dates(date(1930, 1, 1), date(2026, 12, 31)), st.just(date(2008, 2, 29)))
DISTRICTS = st.sampled_from(["27110", "27140", "11110", "41360", "x"])
NAMES = st.sampled_from(
    ["near-poor", "recipient", "young-carer", "lives-alone", "delegation", "served-elsewhere"]
)
EMPLOYMENTS = st.sampled_from(["unemployed", "employed", "self-employed", "student"])
PAPERS = st.builds(Certificate, status=NAMES, seen_on=DAYS, expires_on=st.none() | DAYS)
PEOPLE = st.builds(
    Facts,
    birth_date=st.none() | BIRTHS,
    district=st.none() | DISTRICTS,
    moving_in=st.none() | DAYS,
    works_or_studies_in=st.frozensets(DISTRICTS, max_size=2),
    employment=st.none() | EMPLOYMENTS,
    certificates=st.lists(PAPERS, max_size=3).map(tuple),
    service_years=st.integers(-1, 12),
    household_size=st.none() | st.integers(-1, 12),
    income_monthly_won=st.none() | st.integers(-1, 9_000_000) | st.just(10**18),
    groups=st.frozensets(NAMES, max_size=2),
    skills=st.lists(NAMES, max_size=2).map(tuple),
    fields=st.lists(NAMES, max_size=2).map(tuple),
    experience_months=st.integers(0, 30),
)

EXPRESSIONS = st.sampled_from(
    [
        "age >= 19 && 'near-poor' in groups",
        "household_size == 1 || 'lives-alone' in groups",
        "statuses.exists(s, s in ['young-carer', 'near-poor'])",
        "income_share <= 80 && experience_months > 6",
        "moves_in && !(district == '27110')",
        "works_or_studies_in.size() > 0 || skills.size() > fields.size()",
        "employment != 'student' || service_years > 1",
        "100 / experience_months > 4",
        "income_monthly_won < 2000000 && statuses.size() == 1",
        "true",
    ]
)


@st.composite
def programmes(draw: Any) -> Programme:
    at = draw(st.sampled_from(["application", {"on": "2026-04-20"}, {"on": "2023-06-01"}]))
    low = draw(st.integers(0, 40))
    found: dict[str, Any] = {}
    if draw(st.booleans()):
        found["age"] = {
            "minimum": low, "maximum": low + draw(st.integers(0, 30)), "at": at,
            "service_years_max": draw(st.integers(0, 5)), "refusal": REFUSAL,
        }  # fmt: skip
    if draw(st.booleans()):
        kinds = st.lists(
            st.sampled_from(["resident", "moving-in", "work-or-study"]), min_size=1, max_size=3, unique=True
        )
        found["residence"] = {
            "accepts": draw(kinds), "districts": ["27110", "41360"],
            "moving_in_by": draw(st.none() | st.just("2026-04-10")), "refusal": REFUSAL,
        }  # fmt: skip
    if draw(st.booleans()):
        found["income"] = {"share_percent_max": draw(st.integers(1, 200)), "at": at, "refusal": REFUSAL}
    found["statuses"] = [
        {"of": of, "any_of": draw(st.lists(names, min_size=1, max_size=2)), "at": at, "refusal": REFUSAL}
        for of, names in (("status", NAMES), ("employment", EMPLOYMENTS))
        if draw(st.booleans())
    ]
    found["rules"] = [
        {"id": f"rule-{number}", "expression": expression, "refusal": REFUSAL}
        for number, expression in enumerate(draw(st.lists(EXPRESSIONS, max_size=2)))
    ]
    return a_programme(**found)


def check(programme: Programme, people: list[Facts], on: date) -> None:
    """Rule by rule, in the same order, and so in who is eligible."""
    screened = screen(programme, columns_of(people, MEDIANS), on)
    one_by_one = [
        [refused.rule for refused in decide_eligibility(programme, one, on, MEDIANS)] for one in people
    ]
    assert [screened.failed(row) for row in range(len(people))] == one_by_one
    assert screened.eligible.tolist() == [not refused for refused in one_by_one]


@given(programme=programmes(), people=st.lists(PEOPLE, max_size=12), on=st.just(DAY) | DAYS)
@settings(max_examples=150, deadline=None)
def test_at_once_is_one_by_one(programme: Programme, people: list[Facts], on: date) -> None:
    check(programme, people, on)


@given(people=st.lists(PEOPLE, min_size=1, max_size=8))
@settings(max_examples=10, deadline=None)
def test_at_once_is_one_by_one_for_every_programme_of_the_three_cities(people: list[Facts]) -> None:
    for programme in PROGRAMMES:
        for on in {DAY, programme.period.opens, programme.period.closes}:
            check(programme, people, on)


def test_more_statuses_than_a_word_has_bits_are_told_apart() -> None:
    seen = date(2026, 1, 1)
    people = [
        Facts(
            None, certificates=tuple(Certificate(status=f"s-{n}", seen_on=seen) for n in (*range(70), last))
        )
        for last in (3, 99)
    ]
    rule = {"id": "last", "expression": "'s-99' in statuses && 's-65' in statuses", "refusal": REFUSAL}
    check(a_programme(rules=[rule]), people, DAY)


@pytest.mark.parametrize("limit", [0, 10])
def test_combinations_beyond_the_table_are_found_by_sorting(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ieum.matching.eligibility.screening._TABLE_MAX", limit)
    people = [
        Facts(date(1980 + n % 30, 1, 1), household_size=n % 4 or None, experience_months=n % 7)
        for n in range(200)
    ]
    rule = {
        "id": "r", "refusal": REFUSAL,
        "expression": "age > 30 && household_size > 1 || experience_months == 3 && age < 40",
    }  # fmt: skip
    check(a_programme(rules=[rule]), people, DAY)


def test_nobody_is_screened_without_a_fault() -> None:
    for programme in PROGRAMMES:
        assert screen(programme, columns_of([], MEDIANS), DAY).eligible.tolist() == []
