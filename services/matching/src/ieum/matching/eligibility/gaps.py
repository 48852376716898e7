"""How far off an applicant is, where that is a number: days to an age, a share against its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ieum.common.events.programme_parts import day_of

if TYPE_CHECKING:
    from datetime import date

    from ieum.common.events.programme import Age, Income


@dataclass(frozen=True, slots=True)
class Gap:
    """`by` days too young, or percentage points above the limit; told in both languages."""

    unit: Literal["days", "percentage-points"]
    by: int
    ko: str
    en: str


def age_gap(rule: Age, born: date | None, on: date) -> Gap | None:
    """How many days are missing to the lowest age, on the day that counts; None for whoever is too old."""
    day = day_of(rule.at, on)
    if born is None or born > day:
        return None
    reached = _birthday(born, rule.minimum)
    if reached <= day:
        return None
    days = (reached - day).days
    return Gap(
        "days",
        days,
        f"만 {rule.minimum}세가 되시는 날은 {reached:%Y년 %-m월 %-d일}로, 기준일보다 {days}일 뒤입니다.",
        f"You turn {rule.minimum} on {reached:%Y-%m-%d}, {days} days after the day that counts.",
    )


def income_gap(rule: Income, share: int | None) -> Gap | None:
    """By how many percentage points the share is above the limit; None where it is not known."""
    if share is None:
        return None
    limit = rule.share_percent_max
    return Gap(
        "percentage-points",
        share - limit,
        f"가구 소득은 기준중위소득의 {share}%이며, 기준은 {limit}% 이하입니다.",
        f"The household's income is {share}% of the standard median income; the limit is {limit}%.",
    )


def _birthday(born: date, years: int) -> date:
    """The day on which an age is reached; 29 February becomes 1 March of a common year (민법 160)."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return born.replace(year=born.year + years, month=3, day=1)
