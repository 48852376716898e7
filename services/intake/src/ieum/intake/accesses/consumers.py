"""Accesses as all services tell them, intake itself among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.intake.accesses import actions
from ieum.intake.accesses.domain import accesses

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx


async def on_accesses(events: list[Event], tx: Tx) -> None:
    """Keep who looked at whose data."""
    await actions.keep(tx, accesses(events))
