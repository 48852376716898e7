"""Alternating rounds: A B A B …, so that a slow minute of the machine falls on both."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field

from . import contestants, outbox, places


@dataclass(frozen=True)
class Servers:
    """Where Kafka and Postgres are."""

    bootstrap: str
    superuser_dsn: str


@dataclass
class Rates:
    """Events a second of each contestant, one figure a round."""

    by_name: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, ours: str, peer: str) -> float:
        """The median over the rounds of ours to the peer of the same round."""
        pairs = zip(self.by_name[ours], self.by_name[peer], strict=True)
        return statistics.median(a / b for a, b in pairs)

    def ratios(self, ours: str, peer: str) -> list[float]:
        """The ratio of each round."""
        return [a / b for a, b in zip(self.by_name[ours], self.by_name[peer], strict=True)]


async def alternate(
    servers: Servers, turns: Mapping[str, int], rounds: int, *, filled: bool = False
) -> Rates:
    """Each contestant once a round, with that many events, in a fresh process and database.

    `filled` puts the events into the outbox before the turn.
    """
    rates = Rates()
    for number in range(1, rounds + 1):
        for name, count in turns.items():
            async with places.database(servers.superuser_dsn) as dsn:
                if filled:
                    await outbox.fill(dsn, count)
                rate = await contestants.run(name, servers.bootstrap, dsn, count)
            rates.by_name.setdefault(name, []).append(rate)
            print(f"  round {number}/{rounds}  {name:<8} {rate:>9,.0f} events/s", flush=True)
    return rates
