"""What the other holders of personal data say about erasures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.model import Acknowledgement
from ieum.intake.erasures import actions
from ieum.intake.erasures.store import Acknowledged

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx


async def on_acknowledgements(events: list[Event], tx: Tx) -> None:
    """Keep who is done with which record classes; the topic says who speaks."""
    words = [
        Acknowledged(event.data.person, event.topic.removesuffix("-acknowledgements"), name, event.time)
        for event in events
        if isinstance(event.data, Acknowledgement) and event.data.consent is None
        for name in event.data.record_classes
    ]
    await actions.acknowledge(tx, words)
