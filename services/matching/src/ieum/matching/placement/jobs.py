"""Timers of placement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.placement import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "matching/expiry")


async def expire(service: Service) -> int:
    """End proposals that nobody answered in time; gives how many."""
    async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
        programmes = await actions.due_programmes(tx)
    ended = 0
    for programme in programmes:  # each in a transaction of its own: they share no places
        async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
            ended += await actions.expire(tx, programme)
    return ended
