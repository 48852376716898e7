"""Facts of matching that people and workplaces are told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.notify.deliveries import actions

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx


async def on_matches(events: list[Event], tx: Tx) -> None:
    """Take up the messages that these facts ask for."""
    await actions.ask(tx, events)
