"""The openings of programmes, held in memory from one batch to the next, and brought up to date before use.

What changed since is told by `opening_revision`, which a trigger counts: a process that holds 100,000 reads
one row, and after a change the openings that are others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ieum.matching.markets import actions as markets
from ieum.matching.ranking.domain import position_of
from ieum.matching.ranking.index import Index

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Opening
    from ieum.matching.ranking.domain import Position

PROGRAMMES_MAX = 200
"""So many are held; the one that was not asked for longest goes first."""


@dataclass(frozen=True, slots=True)
class Openings:
    """A programme's openings as of a revision."""

    revision: int
    openings: Mapping[UUID, Opening]
    positions: Mapping[UUID, Position]
    index: Index


class Catalogue:
    """One process's openings. Nothing personal is in it."""

    def __init__(self) -> None:
        self._held: dict[str, Openings] = {}

    async def of(self, tx: Tx, programme: str) -> Openings:
        """The openings of a programme as this transaction sees them."""
        revision, removed = await markets.revision(tx, programme)
        held = self._held.pop(programme, None)
        if held is None or held.revision < removed or held.revision > revision:
            held = _made(revision, {one.id: one for one in await markets.openings_of(tx, programme)})
        elif held.revision < revision:
            changed = await markets.openings_since(tx, programme, held.revision)
            held = _made(revision, {**held.openings, **{one.id: one for one in changed}})
        self._held[programme] = held
        while len(self._held) > PROGRAMMES_MAX:
            del self._held[next(iter(self._held))]
        return held


def _made(revision: int, openings: Mapping[UUID, Opening]) -> Openings:
    positions = {id_: position_of(one) for id_, one in openings.items()}
    return Openings(revision, openings, positions, Index(positions.values()))
