"""From a market to its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ieum.matching.clearing.board import Board
from ieum.matching.clearing.deferred import Clearing
from ieum.matching.clearing.explain import Explainer
from ieum.matching.clearing.result import Match, Result

if TYPE_CHECKING:
    from ieum.matching.clearing.explain import Reason
    from ieum.matching.clearing.market import Market


def solve(market: Market) -> Result:
    """Clear a market: the stable outcome best for all applicants, with reasons, waiting lists, certificate.

    With minimums: clear, close the opening furthest below its minimum (of equals the last listed), clear
    again, until none is below. The same market gives the same bytes (`Result.encode`).
    """
    clearing = Clearing(Board(market))
    openings = market.openings
    asked = np.zeros(len(openings), np.bool_)
    asked[clearing.board.rules.opening[clearing.board.choices]] = True
    return Result(
        market_digest=market.digest,
        matches=_matches(clearing),
        unmatched=_unmatched(clearing),
        waitlists=_waitlists(clearing),
        closed={openings[number].id: held for number, held in clearing.closed.items()},
        nobody_asked=tuple(openings[number].id for number in np.flatnonzero(~asked).tolist()),
    )


def _matches(clearing: Clearing) -> tuple[Match, ...]:
    rules, market = clearing.board.rules, clearing.board.market
    bins = clearing.placed()
    opening = np.searchsorted(rules.bins, bins, side="right") - 1
    place = [
        name
        for one in market.openings
        for name in (*(f"reserve:{r.group}" for r in one.reserves), *("open",) * (len(one.quotas) + 1))
    ]
    rows = zip(market.applicants, bins.tolist(), opening.tolist(), clearing.rank().tolist(), strict=True)
    return tuple(
        Match(one.id, market.openings[o].id, rank, place[bin_]) for one, bin_, o, rank in rows if bin_ >= 0
    )


def _unmatched(clearing: Clearing) -> dict[str, tuple[Reason, ...]]:
    applicants = clearing.board.market.applicants
    return {applicants[who].id: tuple(found) for who, found in Explainer(clearing).reasons().items()}


def _waitlists(clearing: Clearing) -> dict[str, tuple[str, ...]]:
    """Give, for each opening, those acceptable to it who like it better than what they got, in its order."""
    board = clearing.board
    applicants, openings = board.market.applicants, board.market.openings
    rules = board.rules
    until = np.where(clearing.placed() < 0, len(rules.who), rules.first + clearing.rank() - 1)
    waiting = board.order < until[rules.who[board.order]]
    who = rules.who[board.order][waiting].tolist()
    ends = np.concatenate(([0], np.cumsum(waiting)))[board.line].tolist()
    return {
        one.id: tuple(applicants[k].id for k in who[begin:end])
        for one, begin, end in zip(openings, ends, ends[1:], strict=False)
    }
