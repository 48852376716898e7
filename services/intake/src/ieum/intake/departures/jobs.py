"""The clock of accounts: what ends with its last day, and who is forgotten three years later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.departures import actions
from ieum.intake.people.actions import Desk
from ieum.intake.staff import actions as staff

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake/staff")


async def end_due(service: Service) -> int:
    """End accounts whose last day is over; gives how many."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        return await actions.end_due(tx, Desk.of(service))


async def destroy_due(service: Service) -> int:
    """Forget who held accounts that ended long ago; gives how many."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        return await staff.destroy_due(tx, Desk.of(service))
