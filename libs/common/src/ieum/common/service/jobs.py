"""Timers of a service: a job runs at its interval, and at once again while it has work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from ieum.common.service.app import Service

log = structlog.get_logger(__name__)

Run = Callable[["Service"], Awaitable[int]]


@dataclass(slots=True)
class Job:
    """`run` returns how much it did; a failure is logged and tried again after the interval."""

    name: str
    seconds: float
    run: Run
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def loop(self, service: Service) -> None:
        """Run until stopped."""
        while not self.stopping.is_set():
            if not await self._once(service):
                await self._pause()

    async def _once(self, service: Service) -> int:
        try:
            return await self.run(service)
        except Exception as error:  # noqa: BLE001 - the edge: a timer that died would never run again
            log.warning("job failed", job=self.name, error=type(error).__name__)
            return 0

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.stopping.wait(), self.seconds)
        except TimeoutError:
            return
