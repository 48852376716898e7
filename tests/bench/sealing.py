"""What sealing costs: the rate of applications with the real sealer beside one that seals nothing."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from ieum.common.local import ports
from ieum.common.testing.platform import Platform

from . import bare, load
from .report import Figure

A_TURN = 1_000
WARM_UP = 200
PATH = "/intake/applications"


def measure(platform: Platform, bodies: Iterator[bytes], headers: Mapping[str, str], rounds: int) -> Figure:
    """The share of the write rate that sealing takes; each contestant is a process begun for its turn."""
    rates: dict[str, list[float]] = {"sealed": [], "unsealed": []}
    for _ in range(rounds):
        for name, module in (("unsealed", "tests.bench.unsealed"), ("sealed", "ieum.intake")):
            with _intake(platform, module) as url:
                warm_up, turn = (load.posts(url, PATH, islice(bodies, n), headers) for n in (WARM_UP, A_TURN))
                asyncio.run(load.rate(url, warm_up, status=201))
                rates[name].append(asyncio.run(load.rate(url, turn, status=201)))
    costs = [1 - mine / bare_ for mine, bare_ in zip(rates["sealed"], rates["unsealed"], strict=True)]
    parts = {name: [round(rate) for rate in found] for name, found in rates.items()}
    return Figure("sealing", statistics.median(costs), {**parts, "costs": [round(one, 3) for one in costs]})


def bodies_needed(rounds: int) -> int:
    """How many applications it sends."""
    return 2 * rounds * (WARM_UP + A_TURN)


@contextmanager
def _intake(platform: Platform, module: str) -> Iterator[str]:
    port = ports.choose()
    environment = os.environ | platform.environment("intake") | {"IEUM_PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-m", module], env=environment, stdout=subprocess.DEVNULL
    ) as process:
        try:
            bare.wait(f"http://127.0.0.1:{port}/readyz")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
