"""Imports go on chunk by chunk, the one that waited longest first, until all rows are taken.

What a kill can do: a chunk's rows, its progress and its end commit together, so none is taken twice or lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from ieum.common.kernel.errors import Refusal
from ieum.common.postgres import Actor
from ieum.common.postgres.pool import AWAY
from ieum.common.privacy import purposes
from ieum.intake.imports import actions, store
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.service.app import Service

log = structlog.get_logger(__name__)

ACTOR = Actor("service", "intake/imports")


async def take_next(service: Service) -> int:
    """Take one chunk; gives how many rows it had."""
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
        sender = await store.waiting(tx)
    if sender is None:
        return 0
    who = Actor("staff", sender.subject, sender.agency, sender.roles)
    try:
        async with service.database.unit_of_work(who, purposes.INTAKE) as tx:
            return await actions.take_chunk(tx, Desk.of(service), sender.import_)
    except Refusal as refused:
        async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
            await actions.stop(tx, sender.import_, refused)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, other imports must not wait for ever
        log.warning("import chunk failed", error=type(error).__name__)
        async with service.database.unit_of_work(ACTOR, purposes.OPERATION) as tx:
            await actions.failed(tx, sender.import_)
    return 0
