"""`python -m tests.bench`: measures, prints a table, writes JSON, and exits 1 when an aim is missed.

For example: `python -m tests.bench --only consuming --rounds 5 --events 120000 --json .ieum/bench.json`
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from ieum.common.testing.servers import kafka_server, postgres_server

from . import delivery, intake, report, screening, services
from .report import Figure
from .rounds import Servers

PARTS = ("relaying", "consuming", "services", "intake", "screening", "clearing", "round")
ROUNDS_MIN = 5


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="one part, may be repeated")
    parser.add_argument("--rounds", type=int, default=ROUNDS_MIN, help="alternating rounds (default 5)")
    parser.add_argument("--events", type=int, default=120_000, help="events to consume in a round")
    parser.add_argument("--json", type=Path, default=Path(".ieum/bench.json"), help="where the figures go")
    return parser.parse_args()


async def _delivery(only: list[str], events: int, rounds: int, servers: Servers) -> list[Figure]:
    figures: list[Figure] = []
    # The relay fills the topic that consuming reads to its end, so consuming begins with a fresh one.
    if "consuming" in only:
        figures += await delivery.consuming(servers, events, rounds)
    if "relaying" in only:
        figures += await delivery.relaying(servers, rounds)
    return figures


def main() -> int:
    """Measure what was asked for; 1 where an aim is missed."""
    arguments = _arguments()
    only = arguments.only or list(PARTS)
    figures: list[Figure] = []
    if {"consuming", "relaying"} & set(only):
        with kafka_server() as kafka, postgres_server() as postgres:
            servers = Servers(kafka.bootstrap, postgres.dsn)
            figures += asyncio.run(_delivery(only, arguments.events, arguments.rounds, servers))
    if "services" in only:
        figures += services.measure(arguments.rounds)
    if "intake" in only:
        figures += intake.measure(arguments.rounds)
    if "screening" in only:
        figures += screening.measure()
    if "clearing" in only:
        from . import clearing  # here: the compiled kernel is nothing for the others

        figures += clearing.measure(arguments.rounds)
    if "round" in only:
        from . import whole_round

        figures += whole_round.measure()
    report.write(figures, arguments.json)
    report.show(figures)
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
