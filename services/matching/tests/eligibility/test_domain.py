"""Who may apply to YES! Matching, at the edges of each rule, and the sentence for whoever may not."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.events.intake import Certificate
from ieum.common.events.programme import Age, Programme, Residence, Status, Text
from ieum.common.events.programme_file import load_programme
from ieum.matching.eligibility.domain import (
    Facts,
    decide_eligibility,
    fulfils_age,
    fulfils_residence,
    fulfils_status,
)

PROGRAMMES = Path(__file__).parents[4] / "deploy/cities/daegu/programmes"
TODAY = date(2022, 2, 20)
YOUTH = Facts(birth_date=date(1995, 5, 5), district="27260", employment="unemployed")
SENTENCE = Text(ko="안 됩니다.", en="No.")


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load_programme(PROGRAMMES / "yes-matching-2022.yaml")


def rules(programme: Programme, facts: Facts, on: date = TODAY) -> list[str]:
    return [refused.rule for refused in decide_eligibility(programme, facts, on)]


def test_an_unemployed_youth_of_daegu_may_apply(programme: Programme) -> None:
    assert decide_eligibility(programme, YOUTH, TODAY) == []


@pytest.mark.parametrize(
    ("born", "eligible"),
    [
        (date(2003, 4, 1), True),  # turns 19 on the day of hiring
        (date(2003, 4, 2), False),  # a day later
        (date(1982, 4, 2), True),  # turns 40 the day after
        (date(1982, 4, 1), False),  # turns 40 on the day of hiring
        (date(2026, 1, 1), False),  # a slip of the pen: not born yet
        (None, False),
    ],
)
def test_age_is_taken_on_the_day_of_hiring(programme: Programme, born: date | None, eligible: bool) -> None:
    assert rules(programme, replace(YOUTH, birth_date=born)) == ([] if eligible else ["age"])


@pytest.mark.parametrize(
    ("change", "eligible"),
    [
        ({"district": "47720"}, False),  # 군위군 was not Daegu in 2022
        ({"district": "11380"}, False),
        ({"district": "11380", "moving_in": date(2022, 4, 1)}, True),
        ({"district": "11380", "moving_in": date(2022, 4, 2)}, False),  # after the hiring
        ({"district": None}, False),
        ({"district": "11380", "works_or_studies_in": frozenset({"27110"})}, False),  # not accepted here
    ],
)
def test_one_lives_in_daegu_or_is_about_to_move_there(
    programme: Programme, change: dict[str, object], eligible: bool
) -> None:
    assert rules(programme, replace(YOUTH, **change)) == ([] if eligible else ["residence"])


@pytest.mark.parametrize("employment", ["employed", "student", "", None])
def test_whoever_has_work_or_says_nothing_of_it_may_not(programme: Programme, employment: str | None) -> None:
    refused = decide_eligibility(programme, replace(YOUTH, employment=employment), TODAY)
    assert [(r.rule, r.ko, r.en) for r in refused] == [
        (
            "employment",
            "현재 취업하지 않으신 분이 신청하실 수 있습니다.",
            "You can apply if you have no job at present.",
        )
    ]


def test_every_rule_that_turns_somebody_away_is_told_in_the_order_of_the_file(programme: Programme) -> None:
    stranger = Facts(birth_date=date(1950, 1, 1), district="11380", employment="employed")
    assert rules(programme, stranger) == ["age", "residence", "employment"]


def test_a_programme_without_rules_is_open_to_all(programme: Programme) -> None:
    open_to_all = programme.model_copy(
        update={
            "eligibility": programme.eligibility.model_copy(
                update={"age": None, "residence": None, "statuses": ()}
            )
        }
    )
    assert rules(open_to_all, Facts(birth_date=None)) == []


def test_age_at_application_moves_with_the_day() -> None:
    rule = Age(minimum=19, maximum=39, at="application", refusal=SENTENCE)
    facts = Facts(birth_date=date(2003, 4, 1))
    assert not fulfils_age(rule, facts, date(2022, 3, 31))
    assert fulfils_age(rule, facts, date(2022, 4, 1))


@pytest.mark.parametrize(("served", "eligible"), [(0, False), (1, False), (2, True), (9, True), (-5, False)])
def test_military_service_lifts_the_upper_limit_by_the_years_served_up_to_a_bound(
    served: int, eligible: bool
) -> None:
    rule = Age(minimum=19, maximum=34, at="application", service_years_max=3, refusal=SENTENCE)
    aged_36 = Facts(birth_date=date(1986, 1, 1), service_years=served)
    assert fulfils_age(rule, aged_36, date(2022, 1, 1)) is eligible
    aged_38 = replace(aged_36, birth_date=date(1984, 1, 1))
    assert not fulfils_age(rule, aged_38, date(2022, 1, 1))


def test_work_or_study_in_a_district_counts_where_it_is_accepted() -> None:
    rule = Residence(accepts=("work-or-study",), districts=("27110",), refusal=SENTENCE)
    assert fulfils_residence(rule, Facts(None, works_or_studies_in=frozenset({"27110", "11380"})))
    assert not fulfils_residence(rule, Facts(None, district="27110", moving_in=date(2022, 1, 1)))


def test_a_rule_without_a_last_day_takes_any_day_of_moving_in() -> None:
    rule = Residence(accepts=("moving-in",), districts=("27110",), refusal=SENTENCE)
    assert fulfils_residence(rule, Facts(None, moving_in=date(2030, 1, 1)))
    assert not fulfils_residence(rule, Facts(None, district="27110"))


def test_any_certified_status_that_is_listed_will_do() -> None:
    rule = Status(of="status", any_of=("near-poor", "recipient"), refusal=SENTENCE)
    near_poor, carer = (Certificate(status=name, seen_on=TODAY) for name in ("near-poor", "carer"))
    assert fulfils_status(rule, Facts(None, certificates=(carer, near_poor)), TODAY)
    assert not fulfils_status(rule, Facts(None, certificates=(carer,), employment="near-poor"), TODAY)


@given(born=st.dates(date(1975, 1, 1), date(2010, 1, 1)), on=st.dates(date(2015, 1, 1), date(2030, 1, 1)))
def test_one_may_apply_from_the_19th_birthday_until_the_day_before_the_40th(born: date, on: date) -> None:
    """Oracle: birthdays made by adding to the year, 29 February becoming 1 March (민법 160)."""

    def birthday(years: int) -> date:
        try:
            return born.replace(year=born.year + years)
        except ValueError:
            return date(born.year + years, 3, 1)

    rule = Age(minimum=19, maximum=39, at="application", refusal=SENTENCE)
    assert fulfils_age(rule, Facts(birth_date=born), on) is (birthday(19) <= on < birthday(40))
