"""What a service knows of itself: alive, ready and the gauges, read from memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog

from ieum.common.kafka.relay import outbox_age_seconds
from ieum.common.postgres.pool import AWAY
from ieum.common.telemetry import names
from ieum.common.web.health import Metric

if TYPE_CHECKING:
    from ieum.common.service.app import Service

log = structlog.get_logger(__name__)

PROBE_SECONDS = 2.0
_PARKED = "select count(*) from dead_letter"


class ServiceHealth:
    """Answers the probes; `probe` refreshes what only the database knows."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.waiting_for: str | None = "starting"
        self.database_error: str | None = None
        self.outbox_age_seconds = 0.0
        self.parked = 0
        self.ended: list[str] = []

    def alive(self) -> list[str]:
        """Consumers without progress while there is lag, and parts that ended by an unexpected error."""
        stalled = [f"{c.group} makes no progress" for c in self._service.consumers if c.stalled()]
        return [*self.ended, *stalled]

    def ready(self) -> list[str]:
        """What stands in the way of serving, a reason each."""
        if self.waiting_for:
            return [self.waiting_for]
        reasons = [f"{c.group}: {reason}" for c in self._service.consumers if (reason := c.ready())]
        if self._service.ring and not self._service.ring.ready:
            reasons.append("key ring is not read to its end yet")
        if self.database_error:
            reasons.append(self.database_error)
        return reasons

    def metrics(self) -> list[Metric]:
        """Lag by group, the outbox's oldest row, dead letters."""
        return list(self._metrics())

    def _metrics(self) -> Iterator[Metric]:
        for consumer in self._service.consumers:
            for partition, lag in consumer.lag().items():
                labels = {
                    "group": consumer.group,
                    "topic": partition.topic,
                    "partition": str(partition.partition),
                }
                yield Metric(names.LAG, names.HELP[names.LAG], lag, labels)
        yield Metric(names.OUTBOX_AGE, names.HELP[names.OUTBOX_AGE], self.outbox_age_seconds, {})
        yield Metric(names.PARKED, names.HELP[names.PARKED], self.parked, {})
        yield Metric(names.RELAY_LEADS, names.HELP[names.RELAY_LEADS], float(self._service.relay.leading), {})


async def probe(service: Service) -> int:
    """A job: ask the database for the outbox's age and the number of dead letters."""
    health = service.health
    try:
        pool = await service.database.pool()
        health.parked = await pool.fetchval(_PARKED)
        health.outbox_age_seconds = await outbox_age_seconds(service.database)
        health.database_error = None
    except AWAY as error:
        health.database_error = f"database away ({type(error).__name__})"
    return 0
