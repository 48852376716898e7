"""Small numbers are not told, and neither is what would let them be worked out from the others.

Primary suppression hides every number from 1 to below SMALL; a zero is a number of nobody, and is shown.
Complementary suppression then hides further numbers of a line (a row or a column with its total) until
nothing small follows from what is shown: at least two of a line are hidden, and together they are at least
SMALL; and no small number is the only solution of all lines at once.
Source: Hundepool et al., "Statistical Disclosure Control" (Wiley 2012), chapter 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SMALL = 5

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Masked:
    """A table as it may be shown, None where hidden; `rows` and `columns` are its totals."""

    cells: tuple[tuple[int | None, ...], ...]
    rows: tuple[int | None, ...]
    columns: tuple[int | None, ...]
    total: int | None


def suppress(table: Sequence[Sequence[int]]) -> Masked:
    """Hide what must be hidden of counts, given as rows of equal length; at least one row.

    The totals of the columns are hidden by their own values alone, so tables of the same people under other
    headings hide the same ones.
    """
    found = _Table(table)
    found.hide_totals()
    if len(table) == 1:
        found.hidden |= {(0, column) for row, column in found.hidden if row == 1}
    else:
        while found.hide_more():
            pass
    return found.masked()


class _Table:
    """The counts with a last row and column of totals, and which of them are hidden."""

    def __init__(self, table: Sequence[Sequence[int]]) -> None:
        inner = np.array(table, dtype=np.int64)
        self.rows, self.columns = inner.shape
        below = np.vstack([inner, inner.sum(axis=0)])
        self.counts = np.hstack([below, below.sum(axis=1, keepdims=True)])
        everything = [(r, c) for r in range(self.rows + 1) for c in range(self.columns + 1)]
        few = self._at((self.rows, self.columns)) < SMALL
        self.hidden: set[Place] = {place for place in everything if few or self._small(place)}

    def hide_totals(self) -> None:
        """Enough of the columns' totals, whatever the rows are."""
        line = [(self.rows, column) for column in range(self.columns)]
        while self._tells(line, (self.rows, self.columns)) and self._hide_least(line):
            pass

    def hide_more(self) -> bool:
        """Hide one number more, where one is needed."""
        for line, total in self._lines():
            if self._tells(line, total) and (self._hide_least(line) or self._hide_least([total])):
                return True
        totals = [(row, self.columns) for row in range(self.rows)]
        for row, column in sorted(self._determined()):
            across = [(row, c) for c in range(self.columns)]
            down = [(r, column) for r in range(self.rows)]
            # The totals of the columns stay as they are: one that follows from the rows takes of those.
            lines = (totals, down) if row == self.rows else (across, down, [(row, self.columns)], totals)
            if any(self._hide_least(line) for line in lines):
                return True
        return False

    def masked(self) -> Masked:
        shown = [
            tuple(
                None if (row, column) in self.hidden else self._at((row, column))
                for column in range(self.columns + 1)
            )
            for row in range(self.rows + 1)
        ]
        *inner, last = shown
        return Masked(tuple(r[:-1] for r in inner), tuple(r[-1] for r in inner), last[:-1], last[-1])

    def _lines(self) -> Iterable[tuple[list[Place], Place]]:
        """Each row, and each column, the rows' totals included: its numbers and what they add up to."""
        for row in range(self.rows):
            yield [(row, column) for column in range(self.columns)], (row, self.columns)
        for column in range(self.columns + 1):
            yield [(row, column) for row in range(self.rows)], (self.rows, column)

    def _tells(self, line: list[Place], total: Place) -> bool:
        """Whether the line lets something hidden be worked out, or nearly so."""
        hidden = [place for place in line if place in self.hidden]
        if total in self.hidden:
            return not hidden
        return bool(hidden) and (len(hidden) == 1 or sum(map(self._at, hidden)) < SMALL)

    def _hide_least(self, line: list[Place]) -> bool:
        everybody = (self.rows, self.columns)
        shown = [p for p in line if p not in self.hidden and p != everybody and self._at(p)]
        if shown:
            self.hidden.add(min(shown, key=self._at))
        return bool(shown)

    def _determined(self) -> set[Place]:
        """The small numbers of which all lines together allow only one solution."""
        places = sorted(self.hidden)
        number = {place: n for n, place in enumerate(places)}
        last = [(self.rows, column) for column in range(self.columns)], (self.rows, self.columns)
        lines = [*self._lines(), last]
        known = np.zeros((len(lines), len(places)))
        for n, (line, total) in enumerate(lines):
            for place in line:
                if place in number:
                    known[n, number[place]] = 1
            if total in number:
                known[n, number[total]] = -1
        rank = np.linalg.matrix_rank(known) if places else 0
        one = np.eye(len(places))
        return {
            place
            for place in places
            if self._small(place) and np.linalg.matrix_rank(np.vstack([known, one[number[place]]])) == rank
        }

    def _small(self, place: Place) -> bool:
        return 0 < self._at(place) < SMALL

    def _at(self, place: Place) -> int:
        return int(self.counts[place])
