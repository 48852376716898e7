"""The timer that lets Kafka clean destroyed keys, and destroying again what a backup brought back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ieum.common.kafka.keyring import KeyRing
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.keys import actions
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.service.app import Service
    from ieum.intake.settings import IntakeSettings

ACTOR = Actor("service", "intake/keys")


async def roll(service: Service) -> int:
    """Close what has to be cleaned; 0: nothing more is to be done at once."""
    settings: IntakeSettings = service.settings  # type: ignore[assignment]  # `build` takes no other
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        await actions.roll(tx, actions.spans_of(settings))
    return 0


async def reconcile(service: Service, ring: KeyRing) -> int:
    """Destroy keys that the topic says are destroyed; gives how many. `ring` is run meanwhile.

    The table is read first, then the outbox, then the topic's end: whatever was issued since is in one of
    them, so that no living key is taken for a destroyed one.
    """
    following = asyncio.create_task(ring.run())
    desk, done = Desk.of(service), 0
    after: str | None = ""
    try:
        while after is not None:
            async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
                told = await actions.told(tx, desk, after)
            missing = await ring.missing(told.kids)
            async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
                await actions.destroy_again(tx, desk, missing)
            done, after = done + len(missing), told.last
        return done
    finally:
        ring.stop()
        await following
