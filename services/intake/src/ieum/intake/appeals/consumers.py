"""Who confirmed which round: they decide no appeal against it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.matching import RoundConfirmed
from ieum.intake.appeals import actions

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx


async def on_rounds(events: list[Event], tx: Tx) -> None:
    """Keep the officials of confirmed rounds."""
    confirmed = {
        UUID(event.subject): event.data.official for event in events if isinstance(event.data, RoundConfirmed)
    }
    await actions.keep_deciders(tx, confirmed)
