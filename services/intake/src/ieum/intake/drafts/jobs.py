"""The timer that deletes what nobody went on with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.drafts import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake/drafts-expire")


async def delete_expired(service: Service) -> int:
    """Delete the drafts that were not changed for 30 days; gives how many."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        return await actions.delete_expired(tx)
