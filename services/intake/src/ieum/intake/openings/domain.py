"""What an opening must say before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ieum.common.events.programme import Programme
from ieum.common.kernel.errors import Refusal
from ieum.common.service.city import City


@dataclass(frozen=True)
class Opening:
    """Capacity in a programme: a position, seat, slot, session or offer. Wage in won an hour."""

    id: UUID
    programme: str
    organisation: UUID
    code: str
    title: str
    capacity: int
    district: str
    field: str
    skills: Sequence[str]
    wage_hourly_won: int | None
    hours_per_week: int | None
    months: int | None
    contract: str | None
    published_at: datetime
    working_times: Sequence[str] = ()


def check(opening: Opening, programme: Programme, city: City) -> None:
    """Raise a Refusal where the programme's rules or the minimum wage turn the opening away."""
    for name in programme.opening.must_state:
        if getattr(opening, name) in (None, "", [], ()):
            raise Refusal(
                "opening-must-state",
                ko=f"이 사업의 자리는 {name} 항목을 밝혀야 합니다.",
                en=f"An opening of this programme must state {name}.",
                pointer=f"/{name}",
            )
    _check_at_most("months", opening.months, programme.opening.months_max)
    _check_at_most("hours_per_week", opening.hours_per_week, programme.opening.hours_per_week_max)
    is_work = programme.opening.kind == "position"
    if is_work and programme.opening.minimum_wage and opening.wage_hourly_won is not None:
        _check_wage(opening.wage_hourly_won, programme.year, city)


def _check_at_most(name: str, value: int | None, limit: int | None) -> None:
    if value is not None and limit is not None and value > limit:
        raise Refusal(
            "opening-above-limit",
            ko=f"{name} 항목은 이 사업에서 {limit} 이하여야 합니다.",
            en=f"In this programme {name} is at most {limit}.",
            pointer=f"/{name}",
        )


def _check_wage(wage: int, year: int, city: City) -> None:
    """The wage of the programme's year (최저임금법 6): the minimum is set for calendar years."""
    minimum = city.minimum_wage_at(date(year, 1, 1))
    if minimum is None:
        raise Refusal(
            "minimum-wage-unknown",
            ko=f"{year}년 최저임금이 아직 등록되지 않았습니다. 운영자에게 알려 주십시오.",
            en=f"The minimum wage of {year} is not known here yet. Please tell the operator.",
            pointer="/wage_hourly_won",
        )
    if wage < minimum:
        raise Refusal(
            "below-minimum-wage",
            ko=f"{year}년 최저임금은 시간당 {minimum:,}원입니다. 그보다 적은 임금의 자리는 받지 않습니다.",
            en=f"The minimum wage of {year} is {minimum:,} won an hour; an opening below it is refused.",
            pointer="/wage_hourly_won",
        )
