"""Timers: releasing what waited, and sending what is due.

No transaction is open while the provider is spoken to. What a kill can do: before the claim commits, nothing;
between the claim and the settling, the lease runs out and the message is sent again under its own Message-ID.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.notify.channels.domain import Away, Channel, Limits, Outcome, Untried
from ieum.notify.deliveries import actions
from ieum.notify.deliveries.domain import away_delay

if TYPE_CHECKING:
    from ieum.common.service.app import Service
    from ieum.notify.deliveries.actions import Batch
    from ieum.notify.deliveries.letters import Desk

ACTOR = Actor("service", "notify")

BEGIN_SECONDS = 2.5
"""No letter is begun later in a batch: a service that is stopped drains within its few seconds."""
SETTLE_SECONDS = 5.0
"""What is left of the lease for writing down the outcomes."""


async def release(service: Service) -> int:
    """Release waiting messages whose contact and names have come."""
    async with service.database.unit_of_work(ACTOR, purposes.NOTICE) as tx:
        return await actions.release(tx)


@dataclass(frozen=True)
class _Finished:
    batch: Batch
    outcomes: Mapping[UUID, Outcome]


class Sender:
    """Sends due messages batch by batch; outcomes that could not be written down are written first."""

    def __init__(self, channel: Channel, desk: Desk, *, batch_max: int, lease_seconds: float) -> None:
        self._channel = channel
        self._desk = desk
        self._batch_max = batch_max
        self._lease_seconds = lease_seconds
        self._limits = Limits(min(BEGIN_SECONDS, lease_seconds / 2), lease_seconds - SETTLE_SECONDS)
        self._finished: _Finished | None = None
        self._away_times = 0
        self._away_until: datetime | None = None

    async def run(self, service: Service) -> int:
        """Claim, send, settle; how many messages came to an end, 0 while the provider is away."""
        # Left over when the database went away after a sending: forgetting it would send those again.
        await self._write_down(service)
        if self._away_until and service.database.clock.now() < self._away_until:
            return 0  # every claim opens sealed data: not for a provider that is not there
        batch = await self._claim(service)
        if not batch.letters:
            return len(batch.messages)
        outcomes = await self._channel.send(batch.letters, self._limits)
        self._finished = _Finished(batch, outcomes)
        tried = sum(not isinstance(outcome, Away | Untried) for outcome in outcomes.values())
        self._note(service.database.clock.now(), away=not tried)
        await self._write_down(service)
        return tried

    def _note(self, now: datetime, *, away: bool) -> None:
        self._away_times = self._away_times + 1 if away else 0
        self._away_until = now + away_delay(self._away_times) if away else None

    async def _claim(self, service: Service) -> Batch:
        async with service.database.unit_of_work(ACTOR, purposes.NOTICE) as tx:
            return await actions.claim(
                tx, self._desk, limit=self._batch_max, lease_seconds=self._lease_seconds
            )

    async def _write_down(self, service: Service) -> None:
        if self._finished is None:
            return
        async with service.database.unit_of_work(ACTOR, purposes.NOTICE) as tx:
            city = self._desk.city.id
            await actions.settle(tx, self._finished.batch, self._finished.outcomes, city)
        self._finished = None
