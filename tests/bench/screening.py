"""Eligibility of many persons for 100 programmes: the three cities' files, repeated and varied.

`python -m tests.bench.screening [persons …]`: from facts in memory to who is eligible for what, on one
thread; then a sample of pairs is decided one by one and compared.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import date, timedelta

from ieum.common.events.intake import Certificate
from ieum.common.events.programme import Programme
from ieum.common.events.programme_file import load_programme
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY
from ieum.matching.eligibility.columns import columns_of
from ieum.matching.eligibility.domain import Facts, decide_eligibility
from ieum.matching.eligibility.screening import screen

from .report import Figure

CITIES = REPOSITORY / "deploy/cities"
DAY = date(2026, 11, 22)
PROGRAMMES = 100
SAMPLE = 20_000
DISTRICTS = ("27110", "27140", "27170", "27200", "27230", "27260", "27290", "27710", "11110", "41360")
GROUPS = ("lives-alone", "near-poor", "served-elsewhere", "delegation", "care-leaver")
STATUSES = ("near-poor", "recipient", "young-carer", "withdrawn-youth")


def a_person(chance: random.Random) -> Facts:
    """Somebody of a city: most facts known, some not."""
    papers = tuple(
        Certificate(status=chance.choice(STATUSES), seen_on=seen, expires_on=seen + timedelta(days=365))
        for seen in [DAY - timedelta(days=chance.randrange(500))]
        if chance.random() < 0.2
    )
    return Facts(
        birth_date=date(1940, 1, 1) + timedelta(days=chance.randrange(31_000)),
        district=chance.choice(DISTRICTS),
        moving_in=DAY + timedelta(days=chance.randrange(200)) if chance.random() < 0.05 else None,
        works_or_studies_in=frozenset({chance.choice(DISTRICTS)} if chance.random() < 0.3 else ()),
        employment=chance.choice(("unemployed", "employed", "self-employed", "student")),
        certificates=papers,
        service_years=2 if chance.random() < 0.2 else 0,
        household_size=chance.choice((None, 1, 1, 2, 3, 4)),
        income_monthly_won=chance.randrange(9_000_000) if chance.random() < 0.8 else None,
        groups=frozenset({chance.choice(GROUPS)} if chance.random() < 0.3 else ()),
        experience_months=chance.randrange(60),
    )


def the_programmes() -> list[Programme]:
    """100: the files in turn; each further turn of them asks for another age and another day."""
    files = [load_programme(path) for path in sorted(CITIES.glob("*/programmes/*.yaml"))]
    return [_varied(files[n % len(files)], n // len(files)) for n in range(PROGRAMMES)]


def _varied(programme: Programme, turn: int) -> Programme:
    rules = programme.eligibility
    if not turn or rules.age is None:
        return programme.model_copy(update={"id": f"{programme.id}-{turn}"})
    age = rules.age.model_copy(update={"minimum": max(rules.age.minimum - turn, 0)})
    return programme.model_copy(update={"eligibility": rules.model_copy(update={"age": age})})


def seconds_for(persons: int) -> tuple[float, float]:
    """Seconds to lay out the columns, and to screen; raises AssertionError where a sampled pair differs."""
    chance = random.Random(5)
    people = [a_person(chance) for _ in range(persons)]
    programmes, medians = the_programmes(), City.load(CITIES / "daegu").median_incomes
    began = time.perf_counter()
    columns = columns_of(people, medians)
    laid_out = time.perf_counter()
    eligible = [screen(programme, columns, DAY).eligible for programme in programmes]
    screened = time.perf_counter()
    assert 0.02 < sum(int(one.sum()) for one in eligible) / (persons * PROGRAMMES) < 0.98, "a plain answer"
    for _ in range(SAMPLE):
        place, row = chance.randrange(len(programmes)), chance.randrange(persons)
        alone = not decide_eligibility(programmes[place], people[row], DAY, medians)
        assert bool(eligible[place][row]) == alone, (programmes[place].id, people[row])
    return laid_out - began, screened - laid_out


def measure(persons: tuple[int, ...] = (100_000, 1_000_000)) -> list[Figure]:
    """A figure for each number of persons: columns and screening together."""
    figures = []
    for count in persons:
        laying, screening = seconds_for(count)
        parts = {"persons": count, "columns_s": laying, "screening_s": screening, "sample": SAMPLE}
        name = "screening" if count == persons[0] else "screening-nation"
        figures.append(Figure(name, laying + screening, parts))
    return figures


if __name__ == "__main__":
    for count in map(int, sys.argv[1:] or ["100000", "1000000"]):
        laid, found = seconds_for(count)
        print(f"{count:,} persons x {PROGRAMMES}: columns {laid:.2f} s, screening {found:.2f} s")
