"""Inventing workplaces: each has one opening of one place, and a few have more."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from ieum.demo.sample.model import Workplace
from ieum.demo.sample.world import DAEGU, FIELDS, FIRM_WORDS, WAGE_FLOOR_WON, Field

if TYPE_CHECKING:
    from random import Random

_MONTHS = {2022: 24, 2023: 21}
_MONTHS_ELSE = 21


def workplaces(rng: Random, year: int, count: int, places: int) -> tuple[Workplace, ...]:
    """`count` workplaces with `places` places together, coded Y<yy>-001 and on.

    Raises ValueError when there are fewer places than workplaces, as an opening has at least one.
    """
    if not 1 <= count <= places:
        raise ValueError(f"{count} workplaces cannot share {places} places")
    capacities = [1] * count
    for _ in range(places - count):
        capacities[rng.randrange(count)] += 1
    fields = rng.choices(FIELDS, [field.share for field in FIELDS], k=count)
    names = _names(rng, fields)
    return tuple(
        _workplace(rng, year, number, names[number - 1], fields[number - 1], capacities[number - 1])
        for number in range(1, count + 1)
    )


def _workplace(rng: Random, year: int, number: int, name: str, field: Field, capacity: int) -> Workplace:
    code = f"Y{year % 100:02}-{number:03}"
    floor = WAGE_FLOOR_WON.get(year, max(WAGE_FLOOR_WON.values()))
    return Workplace(
        code=code,
        name=name,
        title=f"{rng.choice(field.jobs)} 일경험",
        district=rng.choices(list(DAEGU), [weight for _, weight in DAEGU.values()])[0],
        field=field.name,
        capacity=capacity,
        wage_hourly_won=floor + 10 * rng.randrange(0, 120),
        hours_per_week=rng.choices([40, 35], [9, 1])[0],
        months=_MONTHS.get(year, _MONTHS_ELSE),
        contract="기간제 근로계약",
        skills=tuple(rng.sample(field.skills, rng.randint(2, 3))),
        email=f"{code.lower()}@mail.ieum.test",
    )


def _names(rng: Random, fields: list[Field]) -> list[str]:
    """Names that no two share; (가상) says that the firm is invented."""
    free = {
        field.name: [first + last for first, last in product(FIRM_WORDS, field.firms)] for field in FIELDS
    }
    for names in free.values():
        rng.shuffle(names)
    taken = dict.fromkeys(free, 0)
    made = []
    for field in fields:
        names, number = free[field.name], taken[field.name]
        again = f" {number // len(names) + 1}호" if number >= len(names) else ""
        made.append(f"{names[number % len(names)]}{again}(가상)")
        taken[field.name] += 1
    return made
