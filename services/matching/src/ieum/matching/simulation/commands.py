"""`ieum match simulate`: changed rules against what really happened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.simulation import actions

if TYPE_CHECKING:
    from datetime import date

    from ieum.common.events.programme import Programme
    from ieum.common.service.app import Service
    from ieum.matching.simulation.domain import Simulated

ACTOR = Actor("service", "matching/simulate")


async def simulated(service: Service, new: Programme, since: date, *, seconds_max: float) -> Simulated:
    """Simulate with the addresses of a service, which need not run."""
    ring = asyncio.create_task(service.ring.run()) if service.ring else None
    try:
        async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
            past = await actions.past(tx, new, since, service.city)
        return await actions.compare(past, seconds_max)
    finally:
        if service.ring and ring:
            service.ring.stop()
            await ring
        await service.database.close()


def tell(found: Simulated) -> None:
    """Print the table; what is hidden is a dash."""
    print(f"{found.programme}: {found.old_version} → {found.new_version}, {found.since} ~")
    print(f"{'':22}{'신청 applied':>14}{'이득 gain':>12}{'손해 lose':>12}{'그대로 same':>12}")
    for line in found.lines:
        numbers = (line.applicants, line.gain, line.lose, line.same)
        shown = "".join(f"{'–' if n is None else f'{n:,}':>13}" for n in numbers)
        print(f"{line.dimension:10}{line.name:12}{shown}")
    print("–: 1~4명이거나 이를 미루어 알 수 있는 수 · 1 to 4, or would tell such a number")
