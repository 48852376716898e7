"""Why an applicant was refused at each choice, and the nearest change that would have placed them.

`nearest` of a reason is an object that names one change in this opening's rules; make it, leave all else as
it is, clear again, and the applicant is placed (here or at a choice they like better). Its parts, each only
if needed:

- `before`: stand immediately before this applicant in the opening's order. Immediately after that
  applicant, or anywhere further down, would not have done: this is the least move.
- `named`: true; be acceptable, last in the order (code `not-acceptable` alone; `before` includes being
  named).
- `capacity`, `at_most`: the opening's capacity, or the quota of the applicant's group, would have to be
  this number. Only where not even the first in the order is sure of a place (no open places, a quota of 0);
  then `before` names the first of the others who asked.
- `minimum`: the opening's minimum would have to be this number, which is how many it had when it was closed
  (code `closed`); if the applicant would still be refused there, the other parts say what else.

It is null where no change for this applicant alone is possible: naming one who belongs to two groups with
quotas here would make the market a refused one. Where openings have minimums, "all else as it is" includes
which ones were closed: a change is read with these closed and no further minimum (`counterfactual.changed`
does just that).

Why one chain of displacements is enough: a change of rank for someone unmatched leaves the outcome stable
but for them, so letting them ask again ends in a stable outcome of the changed market; and with choices
that take no fewer when more ask, the same applicants are matched in every stable outcome (Hatfield and
Milgrom 2005, theorem 8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ieum.matching.clearing.deferred import Clearing
from ieum.matching.clearing.kernel import NOT_ACCEPTABLE, undo_for
from ieum.matching.clearing.whatif import ANYWHERE, NOWHERE, before_whom, outranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ieum.matching.clearing.canonical import Json

    Ints = NDArray[np.int64]


CODES = ("not-acceptable", "closed", "quota", "outranked")


class Reason(NamedTuple):
    """Why one choice came to nothing: not-acceptable, closed, quota or outranked; `nearest` as above."""

    opening: str
    code: str
    nearest: dict[str, Json] | None

    def document(self) -> dict[str, Json]:
        """Give the reason as it stands in the result."""
        return {"opening": self.opening, "code": self.code, "nearest": self.nearest}


class Explainer:
    """Finds the reasons in one clearing; each closed opening that is asked about costs one more clearing."""

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing
        self._board = board = clearing.board
        self._choices = board.choices[clearing.placed()[board.rules.who[board.choices]] < 0]
        """Every choice of those who are not placed, in the market's order."""
        openings = board.rules.opening[self._choices]
        closed = clearing.is_closed[openings]
        self._before = np.full(len(self._choices), NOWHERE, np.int64)
        self._before[~closed] = self._before_whom(clearing, self._choices[~closed])
        self._placed_if_open = np.zeros(len(self._choices), np.bool_)
        for opening in np.unique(openings[closed]).tolist():
            self._reopen(opening, openings == opening)

    def _reopen(self, opening: int, asking: NDArray[np.bool_]) -> None:
        again = Clearing(self._board, {opening: self._clearing.closed[opening]})
        placed = again.placed()[self._board.rules.who[self._choices]] >= 0
        self._placed_if_open |= asking & placed
        rest = asking & ~placed
        self._before[rest] = self._before_whom(again, self._choices[rest])

    def _before_whom(self, clearing: Clearing, choices: Ints) -> Ints:
        """By choice. Two unmatched of the same groups fare alike at the same opening: one is tried."""
        rules, memory = self._board.rules, clearing.memory
        openings, groups = rules.opening[choices], rules.groups[rules.who[choices]]
        order = np.lexsort((*groups.T, openings))
        differs = (np.diff(openings[order]) != 0) | (np.diff(groups[order], axis=0) != 0).any(axis=1)
        is_first = np.append(True, differs)[: len(order)]
        tried = before_whom(
            rules, memory, undo_for(memory), clearing.is_closed, self._board.order, self._board.line,
            choices[order[is_first]],
        )  # fmt: skip
        found = np.empty(len(choices), np.int64)
        found[order] = tried[np.cumsum(is_first) - 1]
        return found

    def reasons(self) -> dict[int, list[Reason]]:
        """The reasons for each who is not placed, by number, choice by choice."""
        rules, market = self._board.rules, self._board.market
        openings = rules.opening[self._choices].astype(np.int64)
        codes = self._codes(openings)
        names = [market.openings[opening].id for opening in openings.tolist()]
        found = list(
            map(Reason, names, [CODES[code] for code in codes.tolist()], self._nearests(openings, codes))
        )
        unmatched = np.flatnonzero(self._clearing.placed() < 0)
        ends = np.searchsorted(
            rules.who[self._choices], np.append(unmatched, len(market.applicants))
        ).tolist()
        return {
            who: found[begin:end] for who, begin, end in zip(unmatched.tolist(), ends, ends[1:], strict=False)
        }

    def _codes(self, openings: Ints) -> Ints:
        """By choice: the number of its code."""
        codes = np.full(len(openings), CODES.index("quota"))
        codes[outranked(self._board.rules, self._clearing.memory, self._choices)] = CODES.index("outranked")
        codes[self._clearing.is_closed[openings]] = CODES.index("closed")
        codes[self._board.rules.key[self._choices] == NOT_ACCEPTABLE] = CODES.index("not-acceptable")
        return codes

    def _nearests(self, openings: Ints, codes: Ints) -> list[dict[str, Json] | None]:
        """By choice: the nearest change; nearly all are one person before whom to stand."""
        rules, applicants = self._board.rules, self._board.market.applicants
        found: list[dict[str, Json] | None] = [
            {"before": applicants[before].id} for before in np.maximum(self._before, 0).tolist()
        ]
        ordinary = ~self._clearing.is_closed[openings] & (codes != CODES.index("not-acceptable"))
        for number in np.flatnonzero(~ordinary | (self._before < 0)).tolist():
            who, opening, code = (
                int(rules.who[self._choices[number]]),
                int(openings[number]),
                CODES[codes[number]],
            )
            placed_if_open, before = bool(self._placed_if_open[number]), int(self._before[number])
            found[number] = self._nearest(who, opening, code, before, placed_if_open=placed_if_open)
        return found

    def _nearest(
        self, who: int, opening: int, code: str, before: int, *, placed_if_open: bool
    ) -> dict[str, Json] | None:
        if code == "not-acceptable" and self._quotas_would_overlap(who, opening):
            return None
        found: dict[str, Json] = {}
        if opening in self._clearing.closed:
            found["minimum"] = self._clearing.closed[opening]
            if placed_if_open:
                return found
        if before == ANYWHERE:
            return found | {"named": True}
        return found | (self._unreachable(who, opening, code) if before == NOWHERE else self._stand(before))

    def _quotas_would_overlap(self, who: int, opening: int) -> bool:
        quotas = self._board.market.openings[opening].quotas
        return (
            len(quotas) > 1 and sum(q.group in self._board.market.applicants[who].groups for q in quotas) > 1
        )

    def _stand(self, before: int) -> dict[str, Json]:
        return {"before": self._board.market.applicants[before].id}

    def _unreachable(self, who: int, opening: int, code: str) -> dict[str, Json]:
        """Say what has to give way where even the first in the order is not sure of a place."""
        board, rules = self._board, self._board.market.openings[opening]
        order = board.rules.who[board.order[board.line[opening] : board.line[opening + 1]]]
        others = order[order != who]
        leads = len(order) > 0 and order[0] == who
        named: dict[str, Json] = {"named": True} if code == "not-acceptable" else {}
        found = named if leads or not len(others) else self._stand(int(others[0]))
        if rules.capacity == sum(reserve.places for reserve in rules.reserves):
            found["capacity"] = rules.capacity + 1
        group = next((q for q in rules.quotas if q.group in board.market.applicants[who].groups), None)
        if group is not None and not group.at_most:
            found["at_most"] = 1
        return found
