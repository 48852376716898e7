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
from typing import TYPE_CHECKING, Generic, TypeVar

from ieum.matching.clearing.deferred import Clearing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ieum.matching.clearing.canonical import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one choice came to nothing: not-acceptable, closed, quota or outranked; `nearest` as above."""

    opening: str
    code: str
    nearest: dict[str, Json] | None

    def document(self) -> dict[str, Json]:
        """Give the reason as it stands in the result."""
        return {"opening": self.opening, "code": self.code, "nearest": self.nearest}


class _Layer(dict[int, T], Generic[T]):
    """What a chain changes, over a clearing that stays as it is."""

    def __init__(self, base: Sequence[T], copy: Callable[[T], T]) -> None:
        super().__init__()
        self._base = base
        self._copy = copy

    def __missing__(self, number: int) -> T:
        value = self[number] = self._copy(self._base[number])
        return value


class Explainer:
    """Finds the reasons in one clearing; each closed opening that is asked about costs one more clearing."""

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing
        self._board = clearing.board
        self._kept_open: dict[int, Clearing] = {}

    def reasons(self, who: int) -> list[Reason]:
        """Give the reasons for one who is not placed, choice by choice."""
        openings = self._board.market.openings
        return [Reason(openings[o].id, code, self._nearest(who, o, code)) for o, code in self._codes(who)]

    def _codes(self, who: int) -> list[tuple[int, str]]:
        return [(opening, self._code(who, opening)) for opening in self._board.choices[who]]

    def _code(self, who: int, opening: int) -> str:
        position = self._board.positions[opening].get(who)
        if position is None:
            return "not-acceptable"
        if opening in self._clearing.closed:
            return "closed"
        line = self._clearing.held[opening]
        chooser = self._board.choosers[opening]
        return "quota" if chooser.quotas and chooser.quota_binds(line, (position, who)) else "outranked"

    def _nearest(self, who: int, opening: int, code: str) -> dict[str, Json] | None:
        if code == "not-acceptable" and self._quotas_would_overlap(who, opening):
            return None
        found: dict[str, Json] = {}
        clearing = self._clearing
        if opening in clearing.closed:
            found["minimum"] = clearing.closed[opening]
            clearing = self._reopened(opening)
            if any(number == who for line in clearing.held for _, number in line):
                return found
        return found | self._position(clearing, who, opening)

    def _quotas_would_overlap(self, who: int, opening: int) -> bool:
        applicant = self._board.market.applicants[who]
        quotas = self._board.market.openings[opening].quotas
        return sum(quota.group in applicant.groups for quota in quotas) > 1

    def _reopened(self, opening: int) -> Clearing:
        if opening not in self._kept_open:
            minimum = {opening: self._clearing.closed[opening]}
            self._kept_open[opening] = Clearing(self._board, minimum)
        return self._kept_open[opening]

    def _position(self, clearing: Clearing, who: int, opening: int) -> dict[str, Json]:
        """Let them ask again at the lowest position that is chosen; move it up if the chain comes back."""
        held = _Layer(clearing.held, list)
        asked = _Layer(clearing.asked, int)
        chooser = self._board.choosers[opening]
        while (k := chooser.lowest(held[opening], who)) is not None:
            line = held[opening]
            before = line[k] if k < len(line) else None
            entry = (before[0] - 1 if before else 2 * len(self._board.orders[opening]), who)
            out = chooser.admit(line, entry)
            self._board.settle([] if out is None else [out], held, asked, clearing.closed)
            if entry in held[opening]:
                return self._before(before[1]) if before else {"named": True}
        return self._unreachable(who, opening)

    def _before(self, who: int) -> dict[str, Json]:
        return {"before": self._board.market.applicants[who].id}

    def _unreachable(self, who: int, opening: int) -> dict[str, Json]:
        """Say what has to give way where even the first in the order is not sure of a place."""
        order, chooser = self._board.orders[opening], self._board.choosers[opening]
        first = next((other for other in order if other != who), None)
        leads = bool(order) and order[0] == who
        named: dict[str, Json] = {} if who in self._board.positions[opening] else {"named": True}
        found = named if first is None or leads else self._before(first)
        if not chooser.open_places:
            found["capacity"] = chooser.capacity + 1
        group = chooser.quota_group(who)
        if group is not None and not chooser.quotas[group]:
            found["at_most"] = 1
        return found
