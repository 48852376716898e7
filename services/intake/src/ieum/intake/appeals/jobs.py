"""The clock of appeals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.appeals import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake")


async def tell_overdue(service: Service) -> int:
    """Tell of answers that are late."""
    async with service.database.unit_of_work(ACTOR, purposes.INTAKE) as tx:
        return await actions.tell_overdue(tx)
