"""Timer of contacts: what was noted goes on its day, unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.contacts import actions
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake/contacts")


async def destroy_due(service: Service) -> int:
    """Drop the notes whose day has come; gives of how many people or places."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        return await actions.destroy_due(tx, Desk.of(service))
