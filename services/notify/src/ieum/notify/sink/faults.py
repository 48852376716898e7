"""What the sink does wrong on purpose: slow, failing and lying as real providers are, but from a seed.

Written as `seed:7,drop:0.1,defer:0.05,slow_ms:20`; every figure but `seed` and `slow_ms` is the probability,
from 0 to 1, that one message meets that fault. What is left over is answered properly.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, fields
from enum import StrEnum


class Fault(StrEnum):
    """How one message is dealt with."""

    NONE = "none"
    DROP = "drop"
    """Kept, then the connection is cut before the answer: the sender cannot know its fate."""
    LOSE = "lose"
    """The connection is cut and nothing kept: to the sender the same as `drop`."""
    DEFER = "defer"
    """451: come again."""
    REFUSE = "refuse"
    """550: never."""
    LIE = "lie"
    """Kept, yet answered 451: the sender repeats what has arrived."""


@dataclass(frozen=True)
class FaultPlan:
    """How often each fault happens; `slow_ms` is waited before every answer."""

    seed: int = 0
    drop: float = 0.0
    lose: float = 0.0
    defer: float = 0.0
    refuse: float = 0.0
    lie: float = 0.0
    slow_ms: int = 0

    @classmethod
    def parse(cls, text: str) -> FaultPlan:
        """Read `name:figure` pairs, comma-separated; raises ValueError for unknown names or figures."""
        pairs = (pair.partition(":") for pair in text.split(",") if pair.strip())
        given = {name.strip(): float(figure) for name, _, figure in pairs}
        if unknown := given.keys() - {field.name for field in fields(cls)}:
            raise ValueError(f"unknown faults: {', '.join(sorted(unknown))}")
        chances = {name: figure for name, figure in given.items() if name not in {"seed", "slow_ms"}}
        if any(not 0 <= figure <= 1 for figure in chances.values()) or sum(chances.values()) > 1:
            raise ValueError("each chance lies between 0 and 1, and so does their sum")
        return cls(**chances, seed=int(given.get("seed", 0)), slow_ms=int(given.get("slow_ms", 0)))


class FaultDice:
    """Draws the fault of each message in turn; the same plan draws the same faults."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._random = random.Random(plan.seed)  # noqa: S311 - repeatable chance for tests, not a secret

    def draw(self) -> Fault:
        """The next message's fault."""
        point = self._random.random()
        for fault in (Fault.DROP, Fault.LOSE, Fault.DEFER, Fault.REFUSE, Fault.LIE):
            point -= getattr(self.plan, fault.value)
            if point < 0:
                return fault
        return Fault.NONE
