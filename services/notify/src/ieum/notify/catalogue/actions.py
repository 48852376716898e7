"""Keeping what is said of programmes and openings, and looking it up for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.notify.catalogue import store

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.notify.catalogue.domain import OpeningTold, ProgrammeTold


async def keep_programmes(tx: Tx, programmes: Sequence[ProgrammeTold]) -> None:
    """Keep the newest version of these programmes."""
    if programmes:
        await store.save_programmes(tx, programmes)


async def keep_openings(tx: Tx, openings: Sequence[OpeningTold]) -> None:
    """Keep the last state of these openings."""
    if openings:
        await store.save_openings(tx, openings)


async def programmes(tx: Tx, ids: Collection[str]) -> dict[str, ProgrammeTold]:
    """What is known of these programmes."""
    return await store.programmes(tx, ids)


async def openings(tx: Tx, ids: Collection[UUID]) -> dict[UUID, OpeningTold]:
    """What is known of these openings."""
    return await store.openings(tx, ids)
