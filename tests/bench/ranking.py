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
RULES = Rules(skills=40, field=25, experience=15, district=10, wishes=10, groups=(), choices_max=5)


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
    return Position(UUID(int=number), f"{chance.randrange(250)}", f"field {chance.randrange(60)}", skills)


def _person(chance: Random, openings: list[Position]) -> Profile:
    return Profile(
        district=f"{chance.randrange(250)}",
        skills=frozenset(f"skill {one}" for one in chance.sample(range(400), 8)),
        fields=frozenset(f"field {one}" for one in chance.sample(range(60), 3)),
        experience_months=chance.randrange(40),
        groups=frozenset(),
        choices=tuple(one.id for one in chance.sample(openings, 5)),
    )
