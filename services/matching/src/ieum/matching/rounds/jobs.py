"""Timers of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.rounds import contributing, refilling
from ieum.matching.rounds.apart import clear_apart

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ieum.common.service.app import Service
    from ieum.matching.rounds.computing import Cleared

REFILLS = Actor("service", "matching/refills")
REVEALS = Actor("service", "matching/reveals")


async def refill(service: Service, clear: Callable[[bytes, float], Awaitable[Cleared]] = clear_apart) -> int:
    """Pass on what came free, programme by programme; gives how many were looked at.

    While it clears it holds no connection and no lock.
    """
    async with service.database.unit_of_work(REFILLS, purposes.MATCHING) as tx:
        programmes = await refilling.due(tx)
    for programme in programmes:
        async with service.database.unit_of_work(REFILLS, purposes.MATCHING) as tx:
            market = await refilling.gather(tx, programme)
        if market is None:
            continue
        cleared = await clear(market, service.settings.clearing_seconds_max)  # type: ignore[attr-defined]
        async with service.database.unit_of_work(REFILLS, purposes.MATCHING) as tx:
            await refilling.keep(tx, programme, market, cleared)
    return len(programmes)


async def recommit(service: Service) -> int:
    """Open rounds anew at which somebody did not reveal in time; gives how many."""
    async with service.database.unit_of_work(REVEALS, purposes.MATCHING) as tx:
        overdue = await contributing.overdue(tx)
    for id_ in overdue:
        async with service.database.unit_of_work(REVEALS, purposes.MATCHING) as tx:
            await contributing.recommit(tx, id_)
    return len(overdue)
