"""Deferred acceptance of the applicants (Gale and Shapley, American Mathematical Monthly 69, 1962).

Work grows with the number of choices: each is asked at most once. The loops are the kernel's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ieum.matching.clearing.board import start
from ieum.matching.clearing.kernel import settle_all

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ieum.matching.clearing.board import Board

    Ints = NDArray[np.int64]


class Clearing:
    """A cleared market: its `memory`, and the openings that were `closed`, with how many they had then."""

    def __init__(self, board: Board, minimums: Mapping[int, int] | None = None) -> None:
        """Clear; `minimums` by opening's number stand in for the market's own (for "what if" alone)."""
        self.board = board
        self.memory = start(board.rules)
        self.closed: dict[int, int] = {}
        self.is_closed = np.zeros(len(board.market.openings), np.bool_)
        self._minimums = np.array([opening.minimum for opening in board.market.openings], np.int64)
        for opening, minimum in (minimums or {}).items():
            self._minimums[opening] = minimum
        self._settle(board.rules.first)
        while (below := self._furthest_below()) is not None:
            self._close(below)

    def _settle(self, choices: Ints) -> None:
        settle_all(self.board.rules, self.memory, self.is_closed, choices)

    def _furthest_below(self) -> int | None:
        below = np.where(self.is_closed, 0, self._minimums - self._held())
        most = int(below.max(initial=0))
        return int(np.flatnonzero(below == most)[-1]) if most > 0 else None

    def _held(self) -> Ints:
        """How many each opening holds."""
        rules = self.board.rules
        if not len(self.board.market.openings):
            return np.zeros(0, np.int64)
        return np.add.reduceat(self.memory[: rules.left], rules.bins[:-1])

    def _close(self, opening: int) -> None:
        # Clearing again from scratch comes to the same: without the opening everybody asks at least where
        # they asked with it, so every refusal so far stands, and the order of asking does not matter.
        bins = range(self.board.rules.bins[opening], self.board.rules.bins[opening + 1])
        out = np.concatenate([self._in(bin_) for bin_ in bins])
        self.closed[opening] = len(out)
        self.is_closed[opening] = True
        self.memory[bins.start : bins.stop] = 0
        self._settle(out + 1)

    def _in(self, bin_: int) -> Ints:
        rules = self.board.rules
        begin = rules.heap[bin_] + 1
        return self.memory[begin : begin + 2 * self.memory[bin_] : 2].astype(np.int64)

    def _choices(self) -> tuple[Ints, Ints]:
        """The choices that came true, and the bin of each."""
        rules = self.board.rules
        sizes = self.memory[: rules.left]
        bins = np.repeat(np.arange(len(sizes)), sizes)
        slots = np.arange(len(bins)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.memory[rules.heap[bins] + 2 * slots + 1], bins

    def placed(self) -> Ints:
        """The bin in which each applicant is held; -1: in none."""
        choices, bins = self._choices()
        found = np.full(len(self.board.market.applicants), -1, np.int64)
        found[self.board.rules.who[choices]] = bins
        return found

    def rank(self) -> Ints:
        """Of the choice that came true for each, from 1; 0: none did."""
        rules = self.board.rules
        choices, _ = self._choices()
        found = np.zeros(len(rules.first), np.int64)
        found[rules.who[choices]] = choices - rules.first[rules.who[choices]] + 1
        return found
