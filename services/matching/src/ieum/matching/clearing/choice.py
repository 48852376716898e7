"""An opening's choice among those who ask: reserved places first, then open ones under the quotas.

The choice is substitutable and takes no fewer when more ask (quota groups do not overlap), so deferred
acceptance has one outcome whatever the order of asking: Hatfield and Milgrom, "Matching with Contracts",
American Economic Review 95 (2005). Reserves before open places: Hafalir, Yenmez and Yildirim, "Effective
affirmative action in school choice", Theoretical Economics 8 (2013).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.matching.clearing.market import Opening

Line = list[tuple[int, int]]
"""Who an opening holds, as (position in its order, applicant's number), best first."""


class Chooser:
    """One opening's rules over applicants by number; `groups[who]` are the groups of each."""

    def __init__(self, opening: Opening, groups: Sequence[frozenset[str]]) -> None:
        self.capacity = opening.capacity
        self.reserves = opening.reserves
        self.quotas = {quota.group: quota.at_most for quota in opening.quotas}
        self.open_places = opening.capacity - sum(reserve.places for reserve in opening.reserves)
        self.plain = not opening.reserves and not opening.quotas
        self.groups = groups

    def places(self, line: Sequence[int]) -> list[str | None]:
        """Give each of a line (best first) a place: `open`, `reserve:<group>` or none."""
        places, free = self._reserved(line)
        self._open(line, places, free)
        return places

    def _reserved(self, line: Sequence[int]) -> tuple[list[str | None], int]:
        """Fill the reserves as listed; also gives how many places are then open."""
        places: list[str | None] = [None] * len(line)
        free = self.open_places
        for reserve in self.reserves:
            left = reserve.places
            for k, who in enumerate(line):
                if not left:
                    break
                if places[k] is None and reserve.group in self.groups[who]:
                    places[k] = f"reserve:{reserve.group}"
                    left -= 1
            free += left if reserve.opens else 0
        return places, free

    def _open(self, line: Sequence[int], places: list[str | None], free: int) -> None:
        left = dict(self.quotas)
        for k, who in enumerate(line):
            if not free:
                return
            group = self.quota_group(who)
            if places[k] is not None or (group is not None and not left[group]):
                continue
            if group is not None:
                left[group] -= 1
            places[k] = "open"
            free -= 1

    def quota_group(self, who: int) -> str | None:
        """Give the group of an applicant that has a quota here, if any."""
        return next((group for group in self.quotas if group in self.groups[who]), None)

    def admit(self, line: Line, entry: tuple[int, int]) -> int | None:
        """Let one more ask: the line becomes those chosen; returns the one refused, if one is.

        The line is one this opening chose, so at most one has to go.
        """
        if self.plain:
            return self._admit_plain(line, entry)
        insort(line, entry)
        places = self.places([who for _, who in line])
        if None not in places:
            return None
        return line.pop(places.index(None))[1]

    def _admit_plain(self, line: Line, entry: tuple[int, int]) -> int | None:
        if len(line) < self.capacity:
            insort(line, entry)
            return None
        if not line or entry > line[-1]:
            return entry[1]
        insort(line, entry)
        return line.pop()[1]

    def lowest(self, line: Line, who: int) -> int | None:
        """Give the last index in the line at which `who` would be chosen; none if even the first is too late.

        Whoever is chosen at an index is chosen at every better one, so halving finds it.
        """
        numbers = [number for _, number in line]
        last = len(numbers)
        if self.plain:
            return min(last, self.capacity - 1) if self.capacity else None

        def refused(steps_up: int) -> bool:
            k = last - steps_up
            return self.places([*numbers[:k], who, *numbers[k:]])[k] is None

        steps = bisect_left(range(last + 1), x=True, key=lambda up: not refused(up))
        return last - steps if steps <= last else None

    def quota_binds(self, line: Line, entry: tuple[int, int]) -> bool:
        """Whether an open place was still free when one refused had its turn: a quota kept them out."""
        k = bisect_left(line, entry)
        numbers = [who for _, who in line]
        numbers.insert(k, entry[1])
        places, free = self._reserved(numbers)
        self._open(numbers, places, free)
        return places[:k].count("open") < free
