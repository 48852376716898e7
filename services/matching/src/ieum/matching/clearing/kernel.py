"""Deferred acceptance on arrays, compiled: the innermost loops of a clearing, and of "what if".

An opening holds what was asked of it in bins, each a heap with the worst on top: one bin a reserve, as
listed, then one a quota's group and one for everybody else, which share the open places. Who asks goes
through the reserves whose group they belong to and takes a free place or that of somebody worse, who goes on
in their stead; at the end of the way the open places take them, and one, the worst, may have to go.

That is the opening's choice (`market.Opening`) among all who have asked so far: a bin only ever improves and
open places only become fewer, so whoever fell out of one would never come back. An ask costs the logarithm of
a bin's size; nothing depends on how many applicants or openings there are.

Keys are twice the place in an opening's order, from 1; an odd one stands just before the next. All that
changes lies in one array of integers, so that a chain of displacements can be undone write by write; they
have 32 bits, as waiting for memory is most of the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ieum.matching.clearing.compiling import bare, inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAST = 2**31 - 1
"""A key after every other."""
NOT_ACCEPTABLE = -1
NONE = -1


class Rules(NamedTuple):
    """A market in arrays; the order of applicants, openings and choices is the market's.

    By choice: its `opening` and `key`, and `who` made it; after the last of each applicant stands an end, of
    opening -1. By applicant: the `first` choice, and `groups` as bits in words. By opening: the first of its
    `bins` (and the end), how many of them are `reserves`, and its `room`, the open places while no reserve is
    filled. By bin: its `group` (-1: everybody), its `limit` (places, or at most so many), whether what a
    reserve leaves free `opens`, and where its `heap` begins in the memory: pairs of key and choice.

    The memory begins with how many are in each bin; then, from `left`, the open places left at each opening,
    and from `bar`, the worst key of each that is full. From `heaps` on it is heaps.
    """

    opening: NDArray[np.int32]
    key: NDArray[np.int32]
    who: NDArray[np.int32]
    first: NDArray[np.int64]
    groups: NDArray[np.uint64]
    bins: NDArray[np.int64]
    reserves: NDArray[np.int64]
    room: NDArray[np.int64]
    group: NDArray[np.int64]
    limit: NDArray[np.int64]
    opens: NDArray[np.bool_]
    heap: NDArray[np.int64]
    left: int
    bar: int
    heaps: int


class Undo(NamedTuple):
    """What was overwritten since `turn`: places with their old values, each place once."""

    stamp: NDArray[np.int32]
    place: NDArray[np.int64]
    old: NDArray[np.int32]
    turn_and_count: NDArray[np.int64]


def undo_for(memory: NDArray[np.int32]) -> Undo:
    """Room to undo any number of writes into this memory."""
    size = len(memory)
    turn = np.array([1, 0])
    return Undo(np.zeros(size, np.int32), np.empty(size, np.int64), np.empty(size, np.int32), turn)


@inlined
def _put(memory: Any, undo: Undo | None, place: int, value: int) -> None:
    if undo is not None and undo.stamp[place] != undo.turn_and_count[0]:
        undo.stamp[place] = undo.turn_and_count[0]
        count = undo.turn_and_count[1]
        undo.place[count], undo.old[count] = place, memory[place]
        undo.turn_and_count[1] = count + 1
    memory[place] = value


@bare
def take_back(memory: Any, undo: Undo) -> None:
    """Undo all since the last time."""
    for k in range(undo.turn_and_count[1]):
        memory[undo.place[k]] = undo.old[k]
    undo.turn_and_count[0] += 1
    undo.turn_and_count[1] = 0


@inlined
def _set(memory: Any, undo: Undo | None, slot: int, key: int, choice: int) -> None:
    _put(memory, undo, slot, key)
    _put(memory, undo, slot + 1, choice)


@inlined
def _push(rules: Rules, memory: Any, undo: Undo | None, bin_: int, key: int, choice: int) -> None:
    base, slot = rules.heap[bin_], memory[bin_]
    _put(memory, undo, bin_, slot + 1)
    while slot:
        above = (slot - 1) // 2
        if memory[base + 2 * above] >= key:
            break
        _set(memory, undo, base + 2 * slot, memory[base + 2 * above], memory[base + 2 * above + 1])
        slot = above
    _set(memory, undo, base + 2 * slot, key, choice)


@inlined
def _sink(rules: Rules, memory: Any, undo: Undo | None, bin_: int, key: int, choice: int) -> None:
    """Put one in the place of a bin's worst."""
    base, size, slot = rules.heap[bin_], memory[bin_], 0
    while True:
        below = 2 * slot + 1
        if below >= size:
            break
        if below + 1 < size and memory[base + 2 * below + 2] > memory[base + 2 * below]:
            below += 1
        if memory[base + 2 * below] <= key:
            break
        _set(memory, undo, base + 2 * slot, memory[base + 2 * below], memory[base + 2 * below + 1])
        slot = below
    _set(memory, undo, base + 2 * slot, key, choice)


@inlined
def _pop(rules: Rules, memory: Any, undo: Undo | None, bin_: int) -> None:
    """Take a bin's worst out."""
    last = memory[bin_] - 1
    _put(memory, undo, bin_, last)
    if last:
        slot = rules.heap[bin_] + 2 * last
        _sink(rules, memory, undo, bin_, memory[slot], memory[slot + 1])


@inlined
def worst(rules: Rules, memory: Any, bin_: int) -> int:
    """The key of the worst in a bin that is not empty."""
    return int(memory[rules.heap[bin_]])


@inlined
def member(rules: Rules, choice: int, bin_: int) -> bool:
    """Whether a choice's applicant belongs to a bin's group."""
    group = rules.group[bin_]
    return bool((rules.groups[rules.who[choice], group >> 6] >> np.uint64(group & 63)) & np.uint64(1))


@inlined
def open_bin(rules: Rules, opening: int, choice: int) -> int:
    """The bin for an applicant among the open places: their quota's (there is one at most), or the last."""
    last = rules.bins[opening + 1] - 1
    for bin_ in range(rules.bins[opening] + rules.reserves[opening], last):
        if member(rules, choice, bin_):
            return int(bin_)
    return int(last)


@inlined
def worst_open(rules: Rules, memory: Any, opening: int) -> int:
    """The bin with the worst of those on open places; -1 where there are none."""
    found, key = NONE, NOT_ACCEPTABLE
    for bin_ in range(rules.bins[opening] + rules.reserves[opening], rules.bins[opening + 1]):
        if memory[bin_] and worst(rules, memory, bin_) > key:
            found, key = bin_, worst(rules, memory, bin_)
    return int(found)


@inlined
def offer(rules: Rules, memory: Any, undo: Undo | None, opening: int, key: int, choice: int) -> int:
    """Let one ask; gives the choice that comes to nothing by it, which may be this one; -1: none."""
    out = _choose(rules, memory, undo, opening, key, choice)
    if out != choice:
        _set_bar(rules, memory, undo, opening)
    return out


@inlined
def _choose(rules: Rules, memory: Any, undo: Undo | None, opening: int, key: int, choice: int) -> int:
    left = rules.left + opening
    for bin_ in range(rules.bins[opening], rules.bins[opening] + rules.reserves[opening]):
        if not member(rules, choice, bin_):
            continue
        if memory[bin_] < rules.limit[bin_]:
            _push(rules, memory, undo, bin_, key, choice)
            return _narrow(rules, memory, undo, opening) if rules.opens[bin_] else NONE
        if rules.limit[bin_] and key < worst(rules, memory, bin_):
            top = rules.heap[bin_]
            after, displaced = memory[top], memory[top + 1]
            _sink(rules, memory, undo, bin_, key, choice)
            key, choice = after, displaced
    bin_ = open_bin(rules, opening, choice)
    full = memory[bin_] == rules.limit[bin_]
    if not full and memory[left] > 0:
        _push(rules, memory, undo, bin_, key, choice)
        _put(memory, undo, left, memory[left] - 1)
        return NONE
    most = bin_ if full else worst_open(rules, memory, opening)
    if most == NONE or not memory[most] or key > worst(rules, memory, most):
        return choice
    out = int(memory[rules.heap[most] + 1])
    if most == bin_:
        _sink(rules, memory, undo, bin_, key, choice)
    else:
        _pop(rules, memory, undo, most)
        _push(rules, memory, undo, bin_, key, choice)
    return out


@inlined
def _narrow(rules: Rules, memory: Any, undo: Undo | None, opening: int) -> int:
    """A reserve took a place that was open: one open place less, and out goes the worst if they were full."""
    if memory[rules.left + opening] > 0:
        _put(memory, undo, rules.left + opening, memory[rules.left + opening] - 1)
        return NONE
    bin_ = worst_open(rules, memory, opening)
    out = int(memory[rules.heap[bin_] + 1])
    _pop(rules, memory, undo, bin_)
    return out


@inlined
def _set_bar(rules: Rules, memory: Any, undo: Undo | None, opening: int) -> None:
    """The worst key of all, once every place is taken: whoever is worse need not ask."""
    bar = LAST
    if memory[rules.left + opening] == 0:
        bar = NOT_ACCEPTABLE
        reserved = rules.bins[opening] + rules.reserves[opening]
        for bin_ in range(rules.bins[opening], rules.bins[opening + 1]):
            if bin_ < reserved and memory[bin_] < rules.limit[bin_]:
                bar = LAST
            elif memory[bin_]:
                bar = max(bar, worst(rules, memory, bin_))
    if memory[rules.bar + opening] != bar:
        _put(memory, undo, rules.bar + opening, bar)


@bare
def settle(rules: Rules, memory: Any, undo: Undo | None, closed: Any, choice: int, stop: int) -> int:
    """Let one ask from this choice on, and then whoever is displaced, until a place is taken: gives -1.

    Else it gives the choice at which somebody was left without: an end, or `stop`, which does not ask on.
    """
    while True:
        opening = rules.opening[choice]
        if opening < 0:
            return int(choice)
        key, out = rules.key[choice], choice
        if key <= memory[rules.bar + opening] and key != NOT_ACCEPTABLE and not closed[opening]:
            out = offer(rules, memory, undo, opening, key, choice)
        if out in (NONE, stop):
            return int(out)
        choice = out + 1


@bare
def settle_all(rules: Rules, memory: Any, closed: Any, choices: Any) -> None:
    """Let all of these ask, one after another: the outcome does not depend on the order."""
    for choice in choices:
        settle(rules, memory, None, closed, choice, -2)
