"""What is aimed at: each figure with its bound, now and later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Aim:
    """A bound on a figure: at least (ratios) or at most (seconds, milliseconds, MiB)."""

    what: str
    sense: Literal["at least", "at most"]
    bound: float
    unit: str
    later: float | None = None

    def is_met(self, figure: float) -> bool:
        """Whether the figure keeps the bound."""
        return figure >= self.bound if self.sense == "at least" else figure <= self.bound


AIMS: Mapping[str, Aim] = {
    "consume": Aim("once-only into Postgres / bare getmany + COPY", "at least", 0.60, "×", 0.85),
    "publish": Aim("the same, one event out for each in / bare getmany + COPY", "at least", 0.30, "×", 0.50),
    "each": Aim("once-only into Postgres / FastStream, each message acknowledged", "at least", 200, "×"),
    "relay": Aim("outbox in order per key / unordered SKIP LOCKED drain", "at least", 0.70, "×"),
    "latency": Aim("HTTP 201 to match event at 100/s, p99, all four services running", "at most", 150, "ms"),
    "rate": Aim("answered at 100 requests/s: below, the latency is of another load", "at least", 95, "/s"),
    "memory-intake": Aim("idle memory of intake, after the start and after load", "at most", 150, "MB"),
    "memory-matching": Aim("idle memory of matching, likewise", "at most", 300, "MB"),
    "memory-notify": Aim("idle memory of notify, likewise", "at most", 150, "MB"),
    "memory-audit": Aim("idle memory of audit, likewise", "at most", 150, "MB"),
    "post": Aim("POST of an application / bare FastAPI and asyncpg, the same rows", "at least", 0.50, "×"),
    "post-one-row": Aim("the same / bare insert of the application's row alone (no aim)", "at least", 0, "×"),
    "bulk": Aim("NDJSON of 1,000 applications / bare unnest of the same rows", "at least", 0.50, "×"),
    "sealing": Aim("share of the write rate that sealing costs", "at most", 0.15, "of it"),
    "timeline": Aim("a person's timeline of 1,000 moments, the whole request", "at most", 100, "ms"),
    "screening": Aim("eligibility of 100,000 persons for 100 programmes", "at most", 10, "s"),
    "screening-nation": Aim("eligibility of 1,000,000 persons for 100 programmes", "at most", 20, "s"),
    "ranking": Aim("the ten best of 100,000 openings for one person, p99", "at most", 10, "ms"),
    "clearing-city": Aim("kernel: 100,000 × 10 choices × 5,000, reserves and quotas", "at most", 0.15, "s"),
    "clearing-nation": Aim("kernel: 1,000,000 × 20 × 20,000, 600,000 places", "at most", 2, "s"),
    "clearing-growth": Aim("power of the choices' number by which it grows, 10⁴ to 10⁶", "at most", 1.5, ""),
    "clearing-library": Aim("`matching` at 4,000 residents / the kernel", "at least", 1000, "×"),
    "round": Aim("a whole round of 100,000: closed, cleared, verified, kept", "at most", 10, "s"),
    "assignment": Aim("20,000 tasks for 300 workers, the cheapest assignment", "at most", 2, "s"),
    "start": Aim("start to ready, the slowest of the four services", "at most", 3, "s"),
}
