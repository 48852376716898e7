"""Which year comes next, and how a later year's programme is made from the last file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ieum.common.service.city import City
from ieum.demo.programme import next_year, programme_of, received_on

PACK = Path(__file__).parents[3] / "deploy" / "cities" / "daegu"
CITY = City.load(PACK)


@pytest.mark.parametrize(
    ("there", "year"),
    [
        ([], 2022),
        (["yes-matching-2022"], 2023),
        (["other", "yes-matching-2023", "yes-matching-2022"], 2024),
        (["yes-matching-2031"], 2032),
    ],
)
def test_the_year_after_the_last_one_comes_next(there: list[str], year: int) -> None:
    assert next_year(there) == year


def test_a_year_with_a_file_is_that_file() -> None:
    assert programme_of(2022, PACK, CITY).period.opens == date(2022, 2, 9)


def test_a_later_year_is_the_last_file_moved_with_every_day_and_sentence() -> None:
    last, moved = programme_of(2023, PACK, CITY), programme_of(2025, PACK, CITY)
    assert (moved.id, moved.year, moved.version) == ("yes-matching-2025", 2025, 1)
    assert moved.period.closes == date(2025, 2, 3)
    assert moved.opening == last.opening
    text = moved.model_dump_json()
    assert "2023" not in text
    assert "2025년 3월 1일을 기준으로" in text


def test_a_year_whose_minimum_wage_is_not_announced_is_not_held_to_it() -> None:
    assert programme_of(2026, PACK, CITY).opening.minimum_wage
    assert not programme_of(2040, PACK, CITY).opening.minimum_wage


@pytest.mark.parametrize("year", [2022, 2023, 2024, 2040])
def test_applications_were_received_within_the_period(year: int) -> None:
    programme = programme_of(year, PACK, CITY)
    assert programme.period.opens <= received_on(programme) <= programme.period.closes
