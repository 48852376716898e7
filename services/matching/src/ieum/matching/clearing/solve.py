"""From a market to its result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.matching.clearing.canonical import digest
from ieum.matching.clearing.deferred import Board, Clearing
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
    placed = clearing.placed()
    openings = market.openings
    asked = {choice for applicant in market.applicants for choice in applicant.choices}
    return Result(
        market_digest=digest(market.document),
        matches=_matches(clearing, placed),
        unmatched=_unmatched(clearing, placed),
        waitlists=_waitlists(clearing, placed),
        closed={openings[number].id: held for number, held in clearing.closed.items()},
        nobody_asked=tuple(opening.id for opening in openings if opening.id not in asked),
    )


def _matches(clearing: Clearing, placed: dict[int, tuple[int, str]]) -> tuple[Match, ...]:
    board = clearing.board
    found = []
    for who, (opening, place) in sorted(placed.items()):
        rank = board.choices[who].index(opening) + 1
        found.append(Match(board.market.applicants[who].id, board.market.openings[opening].id, rank, place))
    return tuple(found)


def _unmatched(clearing: Clearing, placed: dict[int, tuple[int, str]]) -> dict[str, tuple[Reason, ...]]:
    explainer = Explainer(clearing)
    applicants = clearing.board.market.applicants
    return {
        applicant.id: tuple(explainer.reasons(who))
        for who, applicant in enumerate(applicants)
        if who not in placed
    }


def _waitlists(clearing: Clearing, placed: dict[int, tuple[int, str]]) -> dict[str, tuple[str, ...]]:
    """Give, for each opening, those acceptable to it who like it better than what they got, in its order."""
    board = clearing.board
    waiting: list[set[int]] = [set() for _ in board.choosers]
    for who, choices in enumerate(board.choices):
        better = choices.index(placed[who][0]) if who in placed else len(choices)
        for opening in choices[:better]:
            waiting[opening].add(who)
    return {
        opening.id: tuple(board.market.applicants[who].id for who in order if who in waiting[number])
        for number, (opening, order) in enumerate(zip(board.market.openings, board.orders, strict=True))
    }
