"""Sessions and sign-ins that are over are forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.kernel.clock import SystemClock
from ieum.common.privacy import purposes
from ieum.intake.sessions import actions
from ieum.intake.sessions.door import ACTOR

if TYPE_CHECKING:
    from ieum.common.service.app import Service

_CLOCK = SystemClock()  # a clock moved in development signs nobody out


async def sweep(service: Service) -> int:
    """Forget what is over."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        await actions.sweep(tx, _CLOCK.now())
    return 0
