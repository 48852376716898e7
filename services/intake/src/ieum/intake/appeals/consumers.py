"""Requests for a human review become appeals; and who confirmed a round decides no appeal against it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.matching import RoundConfirmed
from ieum.common.events.matching_placement import MatchReviewRequested
from ieum.common.kernel.errors import Refusal
from ieum.intake.appeals import actions

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx
    from ieum.intake.people.actions import Desk


async def on_rounds(events: list[Event], tx: Tx) -> None:
    """Keep the officials of confirmed rounds."""
    confirmed = {
        UUID(event.subject): event.data.official for event in events if isinstance(event.data, RoundConfirmed)
    }
    await actions.keep_deciders(tx, confirmed)


async def on_reviews(events: list[Event], tx: Tx, *, desk: Desk) -> None:
    """Take requests for a review up, each once; of somebody erased since, nothing is left to review."""
    for event in events:  # each is a click: few
        if isinstance(event.data, MatchReviewRequested):
            try:
                await actions.take_up(tx, desk, event.data.application)
            except Refusal as refused:
                if refused.code != "person-erased":
                    raise
