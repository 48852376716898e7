"""Timers of roadmaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.roadmap import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "matching/roadmaps")


async def rescreen(service: Service) -> int:
    """Screen again those of whom a fact, a programme or the day changed; gives how many."""
    async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
        return await actions.rescreen(tx, service.city, service.search)
