"""The timer that lets Kafka clean the segments in which destroyed keys lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.keys import actions

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
