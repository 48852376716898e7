"""What the other holders of personal data say about withdrawn consents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.model import Acknowledgement
from ieum.intake.consents import actions
from ieum.intake.consents.domain import Acknowledged

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx


async def on_acknowledgements(events: list[Event], tx: Tx) -> None:
    """Keep who does nothing more on which consents; the topic says who speaks."""
    words = [
        Acknowledged(event.data.consent, event.topic.removesuffix("-acknowledgements"), event.time)
        for event in events
        if isinstance(event.data, Acknowledgement) and event.data.consent
    ]
    await actions.acknowledge(tx, words)
