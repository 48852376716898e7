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

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ieum.matching.clearing.deferred import Clearing
from ieum.matching.clearing.kernel import NOT_ACCEPTABLE, undo_for
from ieum.matching.clearing.whatif import ANYWHERE, NOWHERE, before_whom, outranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ieum.matching.clearing.canonical import Json

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reason:
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
        self._before = np.empty(len(self._choices), np.int64)
        self._before[~closed] = self._before_whom(clearing, self._choices[~closed])
        self._placed_if_open = np.zeros(len(self._choices), np.bool_)
        for opening in np.unique(openings[closed]).tolist():
            self._reopen(opening, openings == opening)

    def _reopen(self, opening: int, asking: NDArray[np.bool_]) -> None:
        again = Clearing(self._board, {opening: self._clearing.closed[opening]})
        choices = self._choices[asking]
        self._before[asking] = self._before_whom(again, choices)
        self._placed_if_open[asking] = again.placed()[self._board.rules.who[choices]] >= 0

    def _before_whom(self, clearing: Clearing, choices: Ints) -> Ints:
        board, memory = self._board, clearing.memory
        undo = undo_for(memory)
        found: Ints = before_whom(
            board.rules, memory, undo, clearing.is_closed, board.order, board.line, choices
        )
        return found

    def reasons(self) -> dict[int, list[Reason]]:
        """The reasons for each who is not placed, by number, choice by choice."""
        rules, board = self._board.rules, self._board
        placed = self._clearing.placed()
        found: dict[int, list[Reason]] = {who: [] for who in np.flatnonzero(placed < 0).tolist()}
        acceptable = rules.key[self._choices] != NOT_ACCEPTABLE
        others = outranked(rules, self._clearing.memory, self._choices)
        rows = zip(
            rules.who[self._choices].tolist(), rules.opening[self._choices].tolist(), acceptable.tolist(),
            others.tolist(), self._before.tolist(), self._placed_if_open.tolist(), strict=True,
        )  # fmt: skip
        for who, opening, is_acceptable, is_outranked, before, placed_if_open in rows:
            code = self._code(opening, is_acceptable, is_outranked)
            nearest = self._nearest(who, opening, code, before, placed_if_open=placed_if_open)
            found[who].append(Reason(board.market.openings[opening].id, code, nearest))
        return found

    def _code(self, opening: int, is_acceptable: bool, is_outranked: bool) -> str:
        if not is_acceptable:
            return "not-acceptable"
        if opening in self._clearing.closed:
            return "closed"
        return "outranked" if is_outranked else "quota"

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
