"""Timer of visits: what was left open overnight ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.contacts.visits import actions
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake/visits")


async def end_stale(service: Service) -> int:
    """End the visits of days that are over; gives how many."""
    async with service.database.unit_of_work(ACTOR, purposes.INTAKE) as tx:
        return await actions.end_stale(tx, Desk.of(service))
