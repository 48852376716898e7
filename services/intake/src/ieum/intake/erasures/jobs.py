"""The timer that destroys, unasked, what was kept by an article until its day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.erasures import actions
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake/destroy-keys")


async def destroy_due(service: Service) -> int:
    """Destroy the keys of what is due; gives how many people it was about."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        return await actions.destroy_due(tx, Desk.of(service))


async def destroy_freed(service: Service) -> int:
    """Destroy the keys that neither a case nor a referral needs any more; gives how many."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        return await actions.destroy_freed(tx, Desk.of(service))
