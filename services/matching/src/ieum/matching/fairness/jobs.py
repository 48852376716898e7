"""Timers of fairness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.fairness import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "matching/fairness")


async def tell(service: Service) -> int:
    """Tell the indicators of a round that was confirmed."""
    async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
        return await actions.tell_next(tx)
