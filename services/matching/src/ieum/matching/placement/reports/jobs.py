"""The clock of weekly reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.placement.reports import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "matching/reports")


async def remind(service: Service) -> int:
    """Tell of weeks that are over and not reported on."""
    async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
        return await actions.remind(tx)
