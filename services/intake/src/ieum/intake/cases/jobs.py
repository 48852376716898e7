"""The clock of cases: what is late is told and escalated, what has come to its day is destroyed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.cases import actions
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake/cases")


async def escalate_due(service: Service) -> int:
    """Claim steps that are due, in the transaction of their effect; gives how many were late."""
    async with service.database.unit_of_work(ACTOR, purposes.INTAKE) as tx:
        return await actions.escalate_due(tx, Desk.of(service))


async def destroy_due(service: Service) -> int:
    """Destroy what is kept no longer; gives how much of it there was."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        return await actions.destroy_due(tx, Desk.of(service))
