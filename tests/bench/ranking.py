"""The ten best of 100,000 openings for one person, beside brute force over the same."""

from __future__ import annotations

import statistics
import time
from random import Random
from uuid import UUID

from ieum.matching.ranking.domain import Position, Profile, Rules, rank
from ieum.matching.ranking.index import Index

from .report import Figure

OPENINGS, PEOPLE, TOP = 100_000, 1_000, 10
BRUTE = 10
"""So many of the people are ranked by brute force, too, and compared."""
RULES = Rules(
    skills=35, field=20, experience=10, district=5, wishes=10, groups=(), choices_max=5, travel=10, hours=10
)
"""Every factor weighs something."""
DISTRICTS, MAJORS, TIMES = 250, 24, 21


def measure() -> list[Figure]:
    """The 99th percentile of one person's time in milliseconds, and brute force's median to ours."""
    chance = Random(7)
    openings = [_opening(chance, number) for number in range(OPENINGS)]
    began = time.perf_counter()
    index = Index(openings)
    made = time.perf_counter() - began
    times, brute = [], []
    for number in range(PEOPLE):
        person = _person(chance, openings)
        began = time.perf_counter()
        found = index.top(person, RULES, TOP)
        times.append((time.perf_counter() - began) * 1000)
        if number < BRUTE:
            began = time.perf_counter()
            assert rank(person, openings, RULES, TOP) == found
            brute.append((time.perf_counter() - began) * 1000)
    p99 = statistics.quantiles(times, n=100)[98]
    parts = {"median_ms": round(statistics.median(times), 2), "made_s": round(made, 2)}
    parts["brute_force_times"] = round(statistics.median(brute) / statistics.median(times))
    return [Figure("ranking", p99, parts)]


def _opening(chance: Random, number: int) -> Position:
    skills = frozenset(f"skill {one}" for one in chance.sample(range(400), chance.randrange(6)))
    field = chance.randrange(60)
    return Position(
        id=UUID(int=number),
        district=f"{chance.randrange(DISTRICTS)}",
        field=f"field {field}",
        skills=skills,
        times=chance.getrandbits(TIMES) & chance.getrandbits(TIMES),
        major=f"{field % MAJORS}",
        whole=field < MAJORS,
    )


def _person(chance: Random, openings: list[Position]) -> Profile:
    fields = chance.sample(range(60), 3)
    return Profile(
        district=f"{chance.randrange(DISTRICTS)}",
        skills=frozenset(f"skill {one}" for one in chance.sample(range(400), 8)),
        fields=frozenset(f"field {one}" for one in fields),
        experience_months=chance.randrange(40),
        groups=frozenset(),
        choices=tuple(one.id for one in chance.sample(openings, 5)),
        near=frozenset(f"{one}" for one in chance.sample(range(DISTRICTS), 6)),
        times=chance.getrandbits(TIMES) | chance.getrandbits(TIMES),
        majors=frozenset(f"{one % MAJORS}" for one in fields),
        wholes=frozenset(f"{one}" for one in fields if one < MAJORS),
    )
