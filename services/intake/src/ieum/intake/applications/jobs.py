"""What applications do by the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.applications import bulk

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake/bulk-expire")


async def delete_expired(service: Service) -> int:
    """Delete the results of requests by the thousand after a day, as their keys are."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        await bulk.delete_expired(tx)
    return 0
