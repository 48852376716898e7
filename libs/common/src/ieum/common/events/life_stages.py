"""The life stages (생애주기) of a person, by age."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from ieum.common.events.programme import LifeStage
from ieum.common.kernel.dates import age_on

if TYPE_CHECKING:
    from datetime import date

STAGES: tuple[LifeStage, ...] = get_args(LifeStage)
"""In their order."""

ENDS = (
    6,  # 영유아보육법 2: 영유아 are those before school
    19,
    40,  # 대구광역시 청년 기본 조례: 19 to 39
    65,  # 노인복지법: from 65
)
"""The full years at which each stage but the last is over."""


def life_stage(born: date, today: date) -> LifeStage:
    """The stage on that day; raises ValueError for a day before the birth."""
    age = age_on(born, today)
    return STAGES[sum(age >= end for end in ENDS)]
