"""Assignment: a city's counselling at once, from tasks and workers in memory to who is proposed to whom.

`python -m tests.bench --only assignment`
"""

from __future__ import annotations

import random
import statistics
import time

from ieum.matching.assignment.domain import Instance, Task, Weights, Worker
from ieum.matching.assignment.solving import solve

from .report import Figure

TASKS, WORKERS, CAPACITY = 20_000, 300, 75
FIELDS = tuple(f"field-{n}" for n in range(10))
LANGUAGES = ("vi", "en", "zh", "th")
DISTRICTS = ("27110", "27140", "27170", "27200", "27230", "27260", "27290", "27710", "27720")


def instance(tasks: int, workers: int, capacity: int) -> Instance:
    """Ten fields, nine districts; a quarter needs another language, three tenths had somebody before."""
    chance = random.Random(1)
    ids = [f"w{n:03}" for n in range(workers)]
    those = tuple(
        Worker(
            id=id_,
            fields={field: chance.randint(1, 3) for field in chance.sample(FIELDS, chance.randint(2, 5))},
            languages=frozenset({"ko", *chance.sample(LANGUAGES, chance.choice([0, 0, 1, 2]))}),
            districts=frozenset(chance.sample(DISTRICTS, chance.randint(1, 3))),
            capacity=capacity,
            load=chance.randint(0, capacity // 8),
        )
        for id_ in ids
    )
    return Instance(
        tuple(
            Task(
                id=f"t{n:05}",
                field=chance.choice(FIELDS),
                language=chance.choice(["ko"] * 12 + list(LANGUAGES)),
                district=chance.choice(DISTRICTS),
                before=frozenset([chance.choice(ids)]) if chance.random() < 0.3 else frozenset(),
                days=chance.randrange(40),
            )
            for n in range(tasks)
        ),
        those,
        Weights(),
    )


def measure(rounds: int) -> list[Figure]:
    """The median of so many runs; raises AssertionError where two runs differ."""
    one, seconds, answers = instance(TASKS, WORKERS, CAPACITY), [], []
    for _ in range(rounds):
        began = time.perf_counter()
        answers.append(solve(one))
        seconds.append(time.perf_counter() - began)
    assert all(list(each.items()) == list(answers[0].items()) for each in answers), "the same every time"
    parts = {"given": len(answers[0]), "worst_s": round(max(seconds), 2)}
    return [Figure("assignment", statistics.median(seconds), parts)]
