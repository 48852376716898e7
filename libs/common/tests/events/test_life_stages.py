"""The life stage of a person on a day."""

from datetime import date

import pytest

from ieum.common.events.life_stages import life_stage

TODAY = date(2022, 2, 15)


@pytest.mark.parametrize(
    ("years", "stage"),
    [(0, "infancy"), (5, "infancy"), (6, "child"), (18, "child"), (19, "youth"), (39, "youth"),
     (40, "middle-age"), (64, "middle-age"), (65, "old-age"), (101, "old-age")],
)  # fmt: skip
def test_life_stages_change_on_the_birthday(years: int, stage: str) -> None:
    assert life_stage(date(TODAY.year - years, 2, 15), TODAY) == stage
