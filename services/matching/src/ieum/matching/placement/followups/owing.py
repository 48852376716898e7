"""How steps come to be owed, and cease to be. The caller holds the match locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.kernel.ids import new_id
from ieum.matching.markets import actions as markets
from ieum.matching.placement.followups import store
from ieum.matching.placement.followups.domain import following

if TYPE_CHECKING:
    from datetime import date

    from ieum.common.postgres import Tx
    from ieum.matching.placement.domain import Match


async def after(tx: Tx, match: Match, what: str, day: date) -> None:
    """Owe what follows something that happened to a match on a day; again, it adds nothing."""
    programme = await markets.programme(tx, match.programme)
    steps = following(programme.follow_up, what, day)
    if steps:
        await store.insert(tx, match, {new_id(tx.now): one for one in steps})


async def drop(tx: Tx, match: Match) -> None:
    """Nothing more is owed to somebody who left; what was done stays written."""
    await store.drop(tx, match.id)
