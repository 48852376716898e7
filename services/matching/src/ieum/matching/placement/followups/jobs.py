"""The clock of follow-up steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.placement.followups import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "matching/follow-ups")


async def tell_overdue(service: Service) -> int:
    """Tell of steps that are late."""
    async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
        return await actions.tell_overdue(tx)
