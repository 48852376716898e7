"""Inventing applicants: most may apply; a few are too young, too old, at work, or live elsewhere and stay."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from ieum.demo.sample.model import Person, Workplace
from ieum.demo.sample.names import korean_name
from ieum.demo.sample.world import AGENCIES, DAEGU, FIELDS, OUTSIDE, Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

PEOPLE_MAX = 10_000
HIRING_DAY = {2022: (4, 1), 2023: (3, 1)}
_HIRING_DAY_ELSE = (3, 1)
_CHOICES_MAX = 5

Employment = Literal["unemployed", "employed", "self-employed", "student"]


def people(rng: Random, year: int, count: int, openings: Sequence[Workplace]) -> tuple[Person, ...]:
    """`count` people of a year; raises ValueError beyond 10,000, where the year's made-up phones end.

    Phones are 010-0yyy-xxxx: no carrier was given 010-0, so nobody can be called by mistake.
    """
    if not 0 <= count <= PEOPLE_MAX:
        raise ValueError(f"{count} people: at most {PEOPLE_MAX}")
    phones = rng.sample(range(PEOPLE_MAX), count)
    liked = {workplace.code: rng.gauss(0, 0.8) for workplace in openings}
    return tuple(_person(rng, year, number + 1, phones[number], openings, liked) for number in range(count))


def hiring_day(year: int) -> date:
    """The day on which ages count and by which one moves in, as in that year's programme."""
    return date(year, *HIRING_DAY.get(year, _HIRING_DAY_ELSE))


def _person(
    rng: Random, year: int, number: int, phone: int, openings: Sequence[Workplace], liked: Mapping[str, float]
) -> Person:
    birth_date, age_rule = _birth_date(rng, hiring_day(year))
    district, moving_in, residence_rule = _residence(rng, hiring_day(year))
    employment, employment_rule = _employment(rng)
    fields = _fields(rng)
    skills = _skills(rng, fields)
    channel: Literal["http", "csv"] = "http" if rng.random() < 0.25 else "csv"  # noqa: PLR2004 - a quarter
    ref = f"p{year % 100:02}-{number:04}"
    return Person(
        ref=ref,
        name=korean_name(rng),
        birth_date=birth_date,
        phone=f"010-0{year % 1000 - 22:03}-{phone:04}",
        email=f"{ref}@mail.ieum.test",
        district=district,
        moving_in=moving_in,
        employment=employment,
        skills=skills,
        fields=tuple(field.name for field in fields),
        experience_months=rng.choice([0, 0, 3, 6, 12, 24]) if channel == "http" else 0,
        choices=_choices(rng, openings, liked, skills, fields[0], district),
        agency=rng.choices(list(AGENCIES), list(AGENCIES.values()))[0],
        channel=channel,
        ineligible=age_rule + residence_rule + employment_rule,
    )


def _birth_date(rng: Random, day: date) -> tuple[date, tuple[str, ...]]:
    """A birth date, most between 23 and 32; of a hundred, four are out of the limits of 19 and 39."""
    outside = rng.random() < 0.04  # noqa: PLR2004 - four of a hundred
    years = rng.choice([17, 18, 40, 41, 43]) if outside else min(max(round(rng.gauss(27, 4)), 19), 39)
    birthday = date(day.year - years, day.month, day.day)  # turns `years` on the day itself
    return birthday - timedelta(days=rng.randrange(365)), ("age",) if outside else ()


def _residence(rng: Random, day: date) -> tuple[str, date | None, tuple[str, ...]]:
    """A district and, for most of the tenth from elsewhere, a day of moving in by the hiring."""
    if rng.random() < 0.9:  # noqa: PLR2004 - nine of ten
        return rng.choices(list(DAEGU), [weight for _, weight in DAEGU.values()])[0], None, ()
    district = rng.choices(list(OUTSIDE), [weight for _, weight in OUTSIDE.values()])[0]
    if rng.random() < 0.8:  # noqa: PLR2004 - four of five
        return district, day - timedelta(days=rng.randrange(0, 30)), ()
    return district, None, ("residence",)


def _employment(rng: Random) -> tuple[Employment, tuple[str, ...]]:
    states: list[Employment] = ["unemployed", "employed", "self-employed", "student"]
    employment = rng.choices(states, [95, 3, 1, 1])[0]
    return employment, () if employment == "unemployed" else ("employment",)


def _fields(rng: Random) -> tuple[Field, ...]:
    wanted = rng.choices(FIELDS, [field.share for field in FIELDS], k=rng.choice([1, 1, 2]))
    return tuple(dict.fromkeys(wanted))


def _skills(rng: Random, fields: Sequence[Field]) -> tuple[str, ...]:
    """Two to five skills of the fields wanted, and now and then one from elsewhere."""
    pool = list(dict.fromkeys(skill for field in fields for skill in field.skills))
    held = rng.sample(pool, min(rng.randint(2, 5), len(pool)))
    if rng.random() < 0.3:  # noqa: PLR2004 - three of ten
        held.append(rng.choice(rng.choice(FIELDS).skills))
    return tuple(dict.fromkeys(held))


def _choices(
    rng: Random,
    openings: Sequence[Workplace],
    liked: Mapping[str, float],
    skills: Sequence[str],
    field: Field,
    district: str,
) -> tuple[str, ...]:
    """One to five openings by how well they fit, how popular they are, and taste.

    Taste is Gumbel noise, so that choices follow a logit model (McFadden 1974) with these weights.
    """

    def utility(opening: Workplace) -> float:
        fit = 2.0 * (opening.field == field.name) + 1.0 * (opening.district == district)
        fit += 1.5 * len(set(skills) & set(opening.skills)) / len(opening.skills)
        return fit + liked[opening.code] - math.log(-math.log(rng.random() or 0.5))

    ranked = sorted(openings, key=utility, reverse=True)
    count = rng.choices(range(1, _CHOICES_MAX + 1), [6, 10, 24, 24, 36])[0]
    return tuple(opening.code for opening in ranked[:count])
