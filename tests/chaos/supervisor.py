"""Carries a plan of kills out: `kill -9` at the planned moment, back at once, whatever else is down then.

Only what the harness started is killed: a victim knows its own process by pid and start time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .kills import Kill


@dataclass
class Victim:
    """What can be killed and brought back; `start` returns when it is up or, for a service, launched."""

    kill: Callable[[], None]
    start: Callable[[], None]
    alive: Callable[[], bool] = lambda: True
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class Supervisor:
    """`done` is what was carried out; `fallen` names victims that were found dead, killed by nobody."""

    victims: Mapping[str, Victim]
    done: list[Kill] = field(default_factory=list)
    fallen: list[str] = field(default_factory=list)

    async def carry_out(self, planned: Sequence[Kill], enough: Callable[[], bool] = lambda: False) -> None:
        """Kill as planned, until the plan or `enough` ends it; returns when all victims are back."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as revivals:
            for kill in planned:
                await asyncio.sleep(max(0.0, began + kill.at - time.monotonic()))
                if enough():
                    break
                await self._kill(kill, began, revivals)
        self.fallen += [name for name, victim in self.victims.items() if not victim.alive()]

    async def _kill(self, kill: Kill, began: float, revivals: asyncio.TaskGroup) -> None:
        victim = self.victims[kill.victim]
        await victim.turn.acquire()  # a server that is on its way back is let come back first
        if not victim.alive():
            self.fallen.append(kill.victim)
        await asyncio.to_thread(victim.kill)
        self.done.append(Kill(round(time.monotonic() - began, 3), kill.victim))
        revivals.create_task(self._revive(victim))

    async def _revive(self, victim: Victim) -> None:
        try:
            await asyncio.to_thread(victim.start)
        finally:
            victim.turn.release()
