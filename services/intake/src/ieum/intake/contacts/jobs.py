"""Timer of contacts: restricted notes go on their day, unasked."""

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
    """Destroy the restricted notes whose day has come; gives of how many people."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        return await actions.destroy_due(tx, Desk.of(service))
