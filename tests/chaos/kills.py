"""Who is killed when: drawn from a seed, so that a run that found something can be run again."""

from __future__ import annotations

import random
from dataclasses import dataclass

KAFKA, POSTGRES = "kafka", "postgres"
SERVICES = ("intake", "matching", "notify", "audit")
KAFKA_SHARE, POSTGRES_SHARE = 6, 6  # one kill in so many is of that server
GAP_SECONDS = (0.2, 2.6)


@dataclass(frozen=True)
class Kill:
    """A `kill -9` of one victim, so many seconds after the load began."""

    at: float
    victim: str


def plan(seed: int, kills: int, *, kafka_max: int) -> list[Kill]:
    """`kills` kills in the order of time: every service about as often, the servers now and then.

    The gaps are random, so that a kill falls into every moment of what it hits: also into the start after
    the kill before, also while another victim is away.
    """
    dice = random.Random(seed)
    victims = [KAFKA] * min(kafka_max, max(1, kills // KAFKA_SHARE)) + [POSTGRES] * max(
        1, kills // POSTGRES_SHARE
    )
    victims = victims[:kills] + [SERVICES[n % len(SERVICES)] for n in range(kills - len(victims))]
    dice.shuffle(victims)
    planned: list[Kill] = []
    at = 0.0
    for victim in victims:
        at += dice.uniform(*GAP_SECONDS)
        planned.append(Kill(round(at, 3), victim))
    return planned


def said(planned: list[Kill]) -> str:
    """The plan in one line: how often each victim, and over which time."""
    counts = {
        victim: sum(kill.victim == victim for kill in planned) for victim in (*SERVICES, KAFKA, POSTGRES)
    }
    of_each = ", ".join(f"{name} {count}" for name, count in counts.items())
    return f"{len(planned)} kills over {planned[-1].at:.0f} s: {of_each}"
