"""Programmes and openings as intake publishes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.notify.catalogue import actions
from ieum.notify.catalogue.domain import fold_openings, fold_programmes

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx


async def on_programmes(events: list[Event], tx: Tx) -> None:
    """Keep names, agency and the map from purposes to templates."""
    await actions.keep_programmes(tx, fold_programmes(events))


async def on_openings(events: list[Event], tx: Tx) -> None:
    """Keep titles."""
    await actions.keep_openings(tx, fold_openings(events))
