"""What matching tells of applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.intake.applications import actions, domain

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx


async def on_matches(events: list[Event], tx: Tx) -> None:
    """Add facts to the timelines of applications."""
    await actions.tell(tx, [fact for event in events if (fact := domain.fact_of(event))])
