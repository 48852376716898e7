"""Timers of ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.ranking import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "matching/late-facts")


async def late_facts(service: Service) -> int:
    """Rank applications whose last fact was committed beside them, unseen, by another process."""
    async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
        return await actions.rank_waiting(tx, city=service.city)
