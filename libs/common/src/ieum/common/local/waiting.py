"""Waiting until a server answers a request of its own protocol: an open port proves nothing."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from ieum.common.kernel.errors import Refusal
from ieum.common.local.processes import tail

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

    from ieum.common.local.processes import Process

POLL_SECONDS = 0.05
Result = TypeVar("Result")


def run_blocking(work: Callable[[], Coroutine[object, object, Result]]) -> Result:
    """Run a coroutine to its end, also where the caller's thread already has a running event loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


def wait_until(ready: Callable[[], bool], *, name: str, process: Process, log: Path, seconds: float) -> None:
    """Wait until `ready` says so; refuses, with the end of the log, where the process ends or time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.alive:
            raise _failed(name, log, ko="시작하다가 멈추었습니다", en="ended while starting")
        if time.monotonic() > deadline:
            limit = f"{seconds:.0f}"
            raise _failed(
                name, log, ko=f"{limit}초 안에 준비되지 않았습니다", en=f"was not ready in {limit} s"
            )
        time.sleep(POLL_SECONDS)


def _failed(name: str, log: Path, *, ko: str, en: str) -> Refusal:
    end = tail(log)
    return Refusal(
        "start-failed",
        ko=f"{name} 프로세스가 {ko}. 기록은 {log} 파일에 있습니다.",
        en=f"{name} {en}; its log is {log}, and ends with:\n{end}",
        status=503,
    )
