"""Whether the reasons of a result are true, for the verifier alone; no code is shared with the solver.

Most say before whom the applicant would have had to stand: these are looked at together. Two who are of the
same of an opening's groups fare alike at the same place, so each place is tried once for all of them.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ieum.matching.clearing.verify_rules import clear, is_placed, stay, until, wanted, wish_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ieum.matching.clearing.verify_market import Document, Named
    from ieum.matching.clearing.verify_rules import Bools, Ints, Outcome

_FIELDS = {"opening", "code", "nearest"}
_CODES = ("not-acceptable", "closed", "quota", "outranked")


class Reasons:
    """Those of a market's unmatched: their codes are worked out before any result is looked at."""

    def __init__(self, named: Named, truth: Outcome) -> None:
        unmatched = until(named.world, truth) == named.world.wishes[1:]
        self._named, self._truth = named, truth
        self._who = np.flatnonzero(unmatched).tolist()
        self._wishes = np.flatnonzero(unmatched[named.world.applicant])
        self._codes = _codes(named, truth, self._wishes)

    def wrong_in(self, result: Document) -> Iterator[str]:
        """For each choice of the unmatched the right code, and a change that would do, and no lesser one.

        A result of the right people is taken for granted.
        """
        named = self._named
        given = [one["reasons"] for one in result["unmatched"]]
        choices = [named.choices[who] for who in self._who]
        if not _are_one_each(given, choices):
            for who, reasons, chosen in zip(self._who, given, choices, strict=True):
                if not _are_one_each([reasons], [chosen]):
                    yield f"{named.names[who]}: the reasons are not one for each choice, in order"
            return
        claimed = {}
        reasons = chain.from_iterable(given)
        for wish, reason, code in zip(self._wishes.tolist(), reasons, self._codes, strict=True):
            if reason["code"] == code:
                claimed[wish] = reason["nearest"]
            else:
                yield f"{_where(named, wish)}: the reason is {code}, not {reason['code']}"
        for wish in _not_the_nearest(named, self._truth, claimed):
            yield f"{_where(named, wish)}: the nearest change is not the least that would place them"


def _where(named: Named, wish: int) -> str:
    return f"{named.applicant_of(wish)}, {named.opening_of(wish)}"


def _are_one_each(given: list[Any], choices: list[list[str]]) -> bool:
    """Whether each of several people was given one reason for each of their choices, in order."""
    try:
        reasons = list(chain.from_iterable(given))
        return (
            set(map(type, reasons)) <= {dict}
            and set(map(len, reasons)) <= {len(_FIELDS)}
            and all(map(_FIELDS.issuperset, reasons))
            and [[reason["opening"] for reason in some] for some in given] == choices
        )
    except (TypeError, LookupError):
        return False


def _codes(named: Named, truth: Outcome, wishes: Ints) -> list[str]:
    """The code of each of these wishes, whose applicants are unmatched."""
    world = named.world
    code = np.full(len(wishes), _CODES.index("outranked"))
    is_closed, acceptable = truth.is_closed[world.opening[wishes]], world.rank[wishes] > 0
    code[is_closed] = _CODES.index("closed")
    code[~acceptable] = _CODES.index("not-acceptable")
    rest = np.flatnonzero(acceptable & ~is_closed)
    rest = rest[np.lexsort((named.kinds[wishes[rest]], world.opening[wishes[rest]]))]
    code[rest[wanted(world, truth, wishes[rest], named.kinds[wishes[rest]], False)]] = _CODES.index("quota")
    return [_CODES[one] for one in code.tolist()]


def _not_the_nearest(named: Named, truth: Outcome, claimed: dict[int, Any]) -> list[int]:
    """Those of these wishes whose nearest change is not the one claimed, in order."""

    @cache
    def reopened(opening: int) -> Outcome:
        needed = named.minimums.copy()
        needed[opening] = truth.placed[truth.closed == opening][0]
        return clear(named.world, needed)

    before: dict[int, int] = {}
    wrong = []
    closed = truth.is_closed[named.world.opening].tolist()
    for wish, nearest in claimed.items():
        if type(nearest) is dict and "before" in nearest and len(nearest) == 1 and not closed[wish]:
            name = nearest["before"]
            before[wish] = named.number.get(name, -1) if type(name) is str else -1
        elif not _holds(named, truth, reopened, wish, nearest):
            wrong.append(wish)
    wishes, those = (np.array(list(some), np.int64) for some in (before, before.values()))
    unnamed = wishes[named.world.rank[wishes] == 0].tolist()
    overlap = [wish for wish in unnamed if _quotas_would_overlap(named, wish)]
    wrong += wishes[~_least_places(named, truth, wishes, those)].tolist()
    return sorted({*wrong, *overlap})


def _least_places(named: Named, outcome: Outcome, wishes: Ints, before: Ints) -> Bools:
    """Whether to stand immediately before these applicants would do, and immediately after them would not."""
    world = named.world
    ranks = wish_at(world, before, world.opening[wishes])
    holds: Bools = (ranks > 0) & (ranks != world.rank[wishes])
    kinds = named.kinds[wishes]
    order = np.lexsort((kinds, ranks, ~holds))[: int(holds.sum())]
    kind, rank = kinds[order], ranks[order]
    is_new = np.concatenate(([True], (kind[1:] != kind[:-1]) | (rank[1:] != rank[:-1])))[: len(order)]
    some, place = wishes[order[is_new]], 2 * rank[is_new]
    right = stay(world, outcome, some, place - 1) & ~stay(world, outcome, some, place + 1)
    holds[order] = right[np.cumsum(is_new) - 1]
    return holds


def _holds(named: Named, truth: Outcome, reopened: Callable[[int], Outcome], wish: int, nearest: Any) -> bool:
    """Whether a change of any other form is the nearest one of this wish."""
    opening = int(named.world.opening[wish])
    if _quotas_would_overlap(named, wish):
        return nearest is None
    if not isinstance(nearest, dict):
        return False
    move, outcome = dict(nearest), truth
    if truth.is_closed[opening]:
        if _text(move.pop("minimum", None)) != str(truth.placed[truth.closed == opening][0]):
            return False
        outcome = reopened(opening)
        if is_placed(named.world, outcome, named.world.applicant[wish]):
            return not move
    return _is_least(named, outcome, wish, move)


def _quotas_would_overlap(named: Named, wish: int) -> bool:
    """To name somebody who is of two groups with quotas would make the market a refused one."""
    world = named.world
    quotas = named.openings[world.opening[wish]].get("quotas", [])
    if len(quotas) < 2 or world.rank[wish]:  # noqa: PLR2004  # two
        return False
    return sum(quota["group"] in named.groups(wish) for quota in quotas) > 1


def _is_least(named: Named, outcome: Outcome, wish: int, move: Document) -> bool:
    world = named.world
    opening = world.opening[wish]
    one = np.array([wish])

    def stays(key: int) -> bool:
        return bool(stay(world, outcome, one, np.array([key]))[0])

    if move.keys() == {"before"}:
        before = named.number.get(move["before"], -1) if isinstance(move["before"], str) else -1
        return bool(_least_places(named, outcome, one, np.array([before]))[0])
    if _text(move) == _text({"named": True}):
        return not world.rank[wish] and stays(2 * world.line[opening + 1] - 1)
    if stays(2 * world.line[opening] - 1):
        return False
    return _text(move) == _text(_beyond_rank(named, wish))


def _beyond_rank(named: Named, wish: int) -> Document:
    """What else has to change where standing first is not enough."""
    world = named.world
    opening = world.opening[wish]
    line = world.order[world.line[opening] : world.line[opening + 1]]
    rules = named.openings[opening]
    change: Document = {}
    if len(line) and line[0] != wish:
        change["before"] = named.applicant_of(line[0])
    elif not world.rank[wish]:
        change["named"] = True
    if sum(reserve["places"] for reserve in rules.get("reserves", [])) == rules["capacity"]:
        change["capacity"] = rules["capacity"] + 1
    for quota in rules.get("quotas", []):
        if quota["group"] in named.groups(wish) and quota["at_most"] == 0:
            change["at_most"] = 1
    return change


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
