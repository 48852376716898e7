"""Compiled: at which key an opening would have taken an applicant, and whether they would have stayed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ieum.matching.clearing.compiling import bare, compiled
from ieum.matching.clearing.kernel import (
    LAST,
    NONE,
    Rules,
    Undo,
    member,
    offer,
    open_bin,
    settle,
    take_back,
    worst,
    worst_open,
)

NOWHERE = -1
"""Not even the first in the order is sure of a place."""
ANYWHERE = -2
"""Even the last in the order would be taken."""


@bare
def lowest(rules: Rules, memory: Any, opening: int, choice: int) -> int:
    """The key of the last before whom a choice's applicant would be taken; LAST: anywhere; NOWHERE."""
    found = NOWHERE
    reserved = rules.bins[opening] + rules.reserves[opening]
    for bin_ in range(rules.bins[opening], reserved):
        if rules.limit[bin_] and member(rules, choice, bin_):
            if memory[bin_] < rules.limit[bin_]:
                return int(LAST)
            found = max(found, worst(rules, memory, bin_))
    bin_ = open_bin(rules, opening, choice)
    if memory[bin_] == rules.limit[bin_]:
        return int(max(found, worst(rules, memory, bin_))) if memory[bin_] else int(found)
    if memory[rules.left + opening] > 0:
        return int(LAST)
    most = worst_open(rules, memory, opening)
    return int(found) if most == NONE else int(max(found, worst(rules, memory, most)))


@bare
def least(rules: Rules, memory: Any, undo: Undo, closed: Any, choice: int) -> int:
    """The key of the last before whom an unmatched applicant would be taken and not thrown out again.

    They ask there, whoever they displace asks on; if the chain comes back to them, only a better key will do.
    LAST: anywhere; NOWHERE. The memory is left as it was.
    """
    opening = rules.opening[choice]
    before = lowest(rules, memory, opening, choice)
    while before != NOWHERE:
        out = offer(rules, memory, undo, opening, LAST if before == LAST else before - 1, choice)
        if out not in (NONE, choice):
            out = settle(rules, memory, undo, closed, out + 1, choice)
        if out != choice:
            break
        before = lowest(rules, memory, opening, choice)
    take_back(memory, undo)
    return int(before)


@compiled
def before_whom(
    rules: Rules, memory: Any, undo: Undo, closed: Any, order: Any, line: Any, choices: Any
) -> Any:
    """The same for many choices: the applicant before whom theirs would have to stand; ANYWHERE; NOWHERE.

    `order` and `line` are the board's.
    """
    found = np.empty(len(choices), np.int64)
    for k in range(len(choices)):
        key = least(rules, memory, undo, closed, choices[k])
        if key in (NOWHERE, LAST):
            found[k] = NOWHERE if key == NOWHERE else ANYWHERE
        else:
            found[k] = rules.who[order[line[rules.opening[choices[k]]] + key // 2 - 1]]
    return found


@bare
def _outranked(rules: Rules, memory: Any, choice: int) -> bool:
    """Whether no open place is free, and nobody worse than this choice's applicant holds one."""
    opening = rules.opening[choice]
    if memory[rules.left + opening] > 0:
        return False
    most = worst_open(rules, memory, opening)
    return most == NONE or worst(rules, memory, most) < rules.key[choice]


@compiled
def outranked(rules: Rules, memory: Any, choices: Any) -> Any:
    """Whether it was others, not a quota, that kept the applicants of these choices out."""
    return np.array([_outranked(rules, memory, choice) for choice in choices], np.bool_)
