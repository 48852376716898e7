"""The four services as processes: latency under load, memory at rest, start to ready."""

from __future__ import annotations

import asyncio
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.market import AGENCY, open_market

from ieum.common.local.names import SERVICES
from ieum.common.testing.platform import Platform, running
from ieum.common.testing.servers import kafka_server, postgres_server

from . import latency
from .report import Figure

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "bench"
REST_SECONDS = 5.0
MEGA = 1_000_000


def measure(rounds: int) -> list[Figure]:
    """All figures of the services, on servers and databases of their own."""
    with (
        tempfile.TemporaryDirectory(prefix="ieum-bench-") as folder,
        kafka_server() as kafka,
        postgres_server() as postgres,
        running(kafka, postgres, Path(folder), prefix=PREFIX) as platform,
    ):
        time.sleep(REST_SECONDS)
        fresh = _memory(platform)
        figures = _latency(platform)
        after = _memory(platform)
        figures += [
            Figure(f"memory-{name}", max(found), {"fresh": found[0], "after_load": found[1]})
            for name in SERVICES
            if (found := (fresh[name], after[name]))
        ]
        return [*figures, _start(platform, rounds)]


def _latency(platform: Platform) -> list[Figure]:
    """The latency, and whether the rate it is said to be of was kept."""
    application, token = open_market(platform), platform.token("staff", agency=AGENCY)
    found = asyncio.run(latency.measure(platform.url("intake"), token, platform.kafka.bootstrap, application))
    time.sleep(REST_SECONDS)
    assert not found["without_match_event"], found
    return [Figure("latency", found["p99"], dict(found)), Figure("rate", found["answered_per_second"], {})]


def _memory(platform: Platform) -> Mapping[str, float]:
    """Resident MB (10⁶ bytes) of each service."""
    return {name: round(_resident(platform, name) / MEGA, 1) for name in SERVICES}


def _resident(platform: Platform, name: str) -> int:
    pages = Path(f"/proc/{platform._running[name].process.pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def _start(platform: Platform, rounds: int) -> Figure:
    """SIGTERM, then the seconds from the new process to its first `/readyz` of 200."""
    seconds: dict[str, list[float]] = {name: [] for name in SERVICES}
    for _ in range(rounds):
        for name in SERVICES:
            platform.stop(name)
            began = time.monotonic()
            platform.start(name)
            seconds[name].append(round(time.monotonic() - began, 2))
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    return Figure("start", max(medians.values()), {"medians": medians, "seconds": seconds})
