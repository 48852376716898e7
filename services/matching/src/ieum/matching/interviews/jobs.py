"""Timers of interviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.interviews import ending

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "matching/interviews")


async def due(service: Service) -> int:
    """End invitations that nobody answered, and remind of what takes place within a day; gives how many."""
    async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
        return await ending.expire(tx) + await ending.remind(tx)
