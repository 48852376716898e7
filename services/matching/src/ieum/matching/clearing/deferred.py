"""Deferred acceptance of the applicants (Gale and Shapley, American Mathematical Monthly 69, 1962).

Work grows with the number of choices: each is asked at most once. Applicants and openings are numbers here,
in the order of the market; positions in an opening's order are even, which leaves room between any two for
`explain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ieum.matching.clearing.choice import Chooser, Line
from ieum.matching.clearing.lottery import draw, line_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.matching.clearing.market import Market


class Slots(Protocol):
    """A list, or a layer over one, of which the entries are set by number."""

    def __getitem__(self, number: int, /) -> int: ...
    def __setitem__(self, number: int, value: int, /) -> None: ...


class Lines(Protocol):
    """A list, or a layer over one, of the lines held by the openings."""

    def __getitem__(self, number: int, /) -> Line: ...


class Board:
    """A market in numbers: what does not change while it is cleared."""

    def __init__(self, market: Market) -> None:
        self.market = market
        number = {applicant.id: k for k, applicant in enumerate(market.applicants)}
        opening = {opening.id: k for k, opening in enumerate(market.openings)}
        groups = [applicant.groups for applicant in market.applicants]
        self.choices = [[opening[choice] for choice in applicant.choices] for applicant in market.applicants]
        self.choosers = [Chooser(opening, groups) for opening in market.openings]
        self.orders = [[number[name] for name in order] for order in _orders(market)]
        self.positions = [{who: 2 * k for k, who in enumerate(order)} for order in self.orders]

    def settle(self, free: list[int], held: Lines, asked: Slots, closed: Mapping[int, int]) -> None:
        """Let the free, and whoever they displace, ask until each is held or has asked everywhere."""
        while free:
            who = free[-1]
            step = asked[who]
            if step == len(self.choices[who]):
                free.pop()
                continue
            asked[who] = step + 1
            opening = self.choices[who][step]
            position = self.positions[opening].get(who)
            if position is None or opening in closed:
                continue
            out = self.choosers[opening].admit(held[opening], (position, who))
            if out is None:
                free.pop()
            else:
                free[-1] = out


def _orders(market: Market) -> list[list[str]]:
    groups = {applicant.id: applicant.groups for applicant in market.applicants}
    ranks = draw(market)
    asking: dict[str, set[str]] = {opening.id: set() for opening in market.openings}
    for applicant in market.applicants:
        for choice in applicant.choices:
            asking[choice].add(applicant.id)
    return [line_up(opening, groups, ranks, asking[opening.id]) for opening in market.openings]


class Clearing:
    """A cleared market: `held` lines, choices `asked` by each, `closed` openings with their fill."""

    def __init__(self, board: Board, minimums: Mapping[int, int] | None = None) -> None:
        """Clear; `minimums` by opening's number stand in for the market's own (for "what if" alone)."""
        self.board = board
        self.minimums = [opening.minimum for opening in board.market.openings]
        for opening, minimum in (minimums or {}).items():
            self.minimums[opening] = minimum
        self.held: list[Line] = [[] for _ in board.choosers]
        self.asked = [0] * len(board.choices)
        self.closed: dict[int, int] = {}
        self._settle(list(range(len(board.choices))))
        while (below := self._furthest_below()) is not None:
            self._close(below)

    def _settle(self, free: list[int]) -> None:
        self.board.settle(free, self.held, self.asked, self.closed)

    def _furthest_below(self) -> int | None:
        worst = 0
        found: int | None = None
        for opening, minimum in enumerate(self.minimums):
            below = minimum - len(self.held[opening])
            if opening not in self.closed and below > 0 and below >= worst:
                worst, found = below, opening
        return found

    def _close(self, opening: int) -> None:
        # Clearing again from scratch comes to the same: without the opening everybody asks at least where
        # they asked with it, so every refusal so far stands, and the order of asking does not matter.
        line = self.held[opening]
        self.closed[opening] = len(line)
        self.held[opening] = []
        self._settle([who for _, who in line])

    def placed(self) -> dict[int, tuple[int, str]]:
        """Give who is placed: applicant's number to opening's number and the kind of place."""
        found: dict[int, tuple[int, str]] = {}
        for opening, line in enumerate(self.held):
            numbers = [who for _, who in line]
            for who, place in zip(numbers, self.board.choosers[opening].places(numbers), strict=True):
                found[who] = (opening, place or "")
        return found
