"""What a service waits for before it begins: its database, migrated, and the topics of the register."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from ieum.common.kafka import topics
from ieum.common.postgres import migrations
from ieum.common.postgres.pool import AWAY
from ieum.common.service.settings import REPOSITORY

if TYPE_CHECKING:
    from ieum.common.service.app import Service

log = structlog.get_logger(__name__)

RETRY_SECONDS = 0.3


def migration_folders(service: str) -> list[Path]:
    """Where the migrations of a service lie: those of common first."""
    return [migrations.COMMON, REPOSITORY / "services" / service / "migrations"]


async def wait(service: Service) -> None:
    """Return when both are there, for as long as that takes; `health.waiting_for` says what is missing."""
    while reason := await missing(service) or await _connect(service):
        if reason != service.health.waiting_for:
            log.info("waiting", reason=reason)
        service.health.waiting_for = reason
        await asyncio.sleep(RETRY_SECONDS)
    service.health.waiting_for = None


async def missing(service: Service) -> str | None:
    """What is not there yet, as a sentence; None when all is."""
    try:
        pool = await service.database.pool()
        async with pool.acquire() as connection:
            due = await migrations.pending(connection, migration_folders(service.name))  # type: ignore[arg-type]
        if due:
            return f"{len(due)} migrations have not run: {due[0]}"
        return next(iter(await topics.drift(service.settings.kafka, service.registry)), None)
    except AWAY as error:
        return f"database away ({type(error).__name__})"
    except KafkaError as error:
        return f"broker away ({type(error).__name__})"


async def _connect(service: Service) -> str | None:
    """Connect FastStream's broker; a sentence where Kafka went away after it had answered `missing`."""
    try:
        await service.broker.connect()
    except KafkaError as error:
        return f"broker away ({type(error).__name__})"
    return None
