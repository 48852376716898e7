"""The rules of the format on arrays, for the verifier alone; no code is shared with the solver.

Written in the plainest way found, from the text of the format: whoever asks is put among those held, and the
opening chooses from all of them anew; all who are free ask at once.

A *wish* is one choice of one applicant, numbered in the market's order. The wishes that are acceptable stand
opening by opening, best first; the number there is the wish's *rank*, from 1. A *key* is twice a rank, so
that an odd one is a place before or after it: there stands, in "what if", the one applicant who was moved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ieum.matching.clearing.compiling import compiled, inlined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

OUT, OPEN = -2, -1
"""What an opening answers: no place, an open place, else the number of the reserve."""


class World(NamedTuple):
    """A market in arrays; where one thing has several others, `many[k]` to `many[k + 1]` are those of k."""

    wishes: Ints
    """By applicant: their wishes, best first."""
    memberships: Ints
    groups: Ints
    """By applicant: the numbers of their groups."""
    applicant: Ints
    opening: Ints
    rank: Ints
    """By wish; rank 0: not acceptable."""
    order: Ints
    """By rank: the wish; nobody's at 0."""
    line: Ints
    """By opening: its ranks."""
    capacity: Ints
    reserves: Ints
    reserve_group: Ints
    reserve_places: Ints
    reserve_opens: Bools
    quotas: Ints
    quota_group: Ints
    at_most: Ints


class Outcome(NamedTuple):
    """Who is held: by opening, `filled` keys from `seat` on, best first; and what was closed, in order."""

    seat: Ints
    held: Ints
    filled: Ints
    is_closed: Bools
    closed: Ints
    placed: Ints
    """By opening closed: how many it held then."""


@inlined
def belongs(world: World, applicant: int, group: int) -> bool:
    """Whether an applicant is of a group."""
    for place in range(world.memberships[applicant], world.memberships[applicant + 1]):
        if world.groups[place] == group:
            return True
    return False


@compiled
def belonging(world: World, groups: Ints) -> Bools:
    """By wish: whether its applicant is of this group; -1: nobody is."""
    found = np.empty(len(groups), np.bool_)
    for wish, group in enumerate(groups):
        found[wish] = belongs(world, world.applicant[wish], group)
    return found


@inlined
def standing(world: World, key: int, moved: int) -> int:
    """The applicant at a key; `moved` is the one at an odd key."""
    return moved if key % 2 else world.applicant[world.order[key // 2]]


@compiled
def choose(world: World, opening: int, keys: Ints, moved: int, quotas: bool) -> Ints:
    """Who of those asking (best first) gets which place: the reserves as listed, then the open places."""
    got = np.full(len(keys), OUT, np.int64)
    free = world.capacity[opening]
    for reserve in range(world.reserves[opening], world.reserves[opening + 1]):
        places = world.reserve_places[reserve]
        taken = 0
        for k, key in enumerate(keys):
            if taken == places:
                break
            who = standing(world, key, moved)
            if got[k] == OUT and belongs(world, who, world.reserve_group[reserve]):
                got[k] = reserve - world.reserves[opening]
                taken += 1
        free -= taken if world.reserve_opens[reserve] else places
    first, end = world.quotas[opening], world.quotas[opening + 1] if quotas else world.quotas[opening]
    left = world.at_most[first:end].copy()
    for k, key in enumerate(keys):
        if free <= 0:
            break
        if got[k] == OUT:
            bound = quota_of(world, standing(world, key, moved), first, end)
            if bound == end or left[bound - first] > 0:
                got[k] = OPEN
                free -= 1
                if bound < end:
                    left[bound - first] -= 1
    return got


@inlined
def quota_of(world: World, who: int, quota: int, end: int) -> int:
    """The one quota from this on that binds an applicant (two: `overlapping-quotas`); else the end."""
    while quota < end and not belongs(world, who, world.quota_group[quota]):
        quota += 1
    return quota


@compiled
def clear(world: World, needed: Ints) -> Outcome:
    """Clear, and close one opening after another until none is below the minimum `needed` of it.

    Those whom a closed opening held ask on from there.
    """
    openings = len(world.capacity)
    seat = world.line[:-1] + 2 * np.arange(openings)
    held = np.zeros(len(world.order) + 2 * openings, np.int64)
    count = np.zeros(openings, np.int64)
    is_closed = np.zeros(openings, np.bool_)
    closed, placed = np.zeros(openings, np.int64), np.zeros(openings, np.int64)
    outcome = Outcome(seat, held, count, is_closed, closed, placed)
    at = world.wishes[:-1].copy()
    free = np.arange(len(at))
    number = 0
    while True:
        accept(world, outcome, at, free)
        furthest, below = -1, 1
        for opening in range(openings):
            if not is_closed[opening] and needed[opening] - count[opening] >= below:
                furthest, below = opening, needed[opening] - count[opening]
        if furthest < 0:
            return Outcome(seat, held, count, is_closed, closed[:number], placed[:number])
        begin = seat[furthest]
        free = world.applicant[world.order[held[begin : begin + count[furthest]] // 2]]
        closed[number], placed[number] = furthest, count[furthest]
        number += 1
        is_closed[furthest], count[furthest] = True, 0


@compiled
def until(world: World, outcome: Outcome) -> Ints:
    """By applicant: the wish that came true, or the end of their wishes."""
    found = world.wishes[1:].copy()
    for opening in range(len(world.capacity)):
        first = outcome.seat[opening]
        for place in range(first, first + outcome.filled[opening]):
            wish = world.order[outcome.held[place] // 2]
            found[world.applicant[wish]] = wish
    return found


@compiled
def accept(world: World, outcome: Outcome, at: Ints, free: Ints) -> None:
    """Deferred acceptance in rounds: all who are free ask at once, every opening asked chooses anew.

    `at` is the wish at which each applicant is.
    """
    seat, held, count = outcome.seat, outcome.held, outcome.filled
    while len(free):
        asking = np.empty(len(free), np.int64)
        number = 0
        for who in free:
            end = world.wishes[who + 1]
            at[who] = next_wish(world, outcome, at[who], end)
            if at[who] < end:
                asking[number] = 2 * world.rank[at[who]]
                number += 1
        asking = np.sort(asking[:number])
        out = np.empty(len(world.wishes), np.int64)
        begin = number = 0
        while begin < len(asking):
            opening = world.opening[world.order[asking[begin] // 2]]
            end = np.searchsorted(asking, 2 * world.line[opening + 1])
            first = seat[opening]
            keys = np.sort(np.concatenate((held[first : first + count[opening]], asking[begin:end])))
            count[opening] = 0
            got = choose(world, opening, keys, -1, True)
            for k, key in enumerate(keys):
                if got[k] == OUT:
                    who = world.applicant[world.order[key // 2]]
                    at[who] += 1
                    out[number] = who
                    number += 1
                else:
                    held[first + count[opening]] = key
                    count[opening] += 1
            begin = end
        free = out[:number]


@inlined
def next_wish(world: World, outcome: Outcome, wish: int, end: int) -> int:
    """This wish or the first after it that is acceptable and whose opening is not closed; else the end."""
    while wish < end and (world.rank[wish] == 0 or outcome.is_closed[world.opening[wish]]):
        wish += 1
    return wish


@compiled
def stay(world: World, outcome: Outcome, wishes: Ints, keys: Ints) -> Bools:
    """Whether each who made these wishes, unmatched, would be matched if they stood at these keys there.

    They ask there again, those displaced ask on; if the chain throws the applicant out again, they are in no
    stable outcome of the changed market, else in all of them (choices are substitutable and take no fewer
    when more ask: Hatfield and Milgrom 2005, theorem 8).
    """
    found = np.empty(len(wishes), np.bool_)
    for number in range(len(wishes)):
        found[number] = stays(world, outcome, wishes[number], keys[number])
    return found


@compiled
def stays(world: World, outcome: Outcome, wish: int, key: int) -> bool:
    """The same for one; what the chain displaced is put back."""
    who, opening = world.applicant[wish], world.opening[wish]
    steps = [(0, 0)][1:]
    while True:
        put(outcome, opening, key)
        steps.append((opening, key))
        first = outcome.seat[opening]
        keys = outcome.held[first : first + outcome.filled[opening]]
        out = np.flatnonzero(choose(world, opening, keys, who, True) == OUT)
        stayed = len(out) == 0
        if stayed:
            break
        key = keys[out[0]]
        take(outcome, opening, key)
        steps.append((opening, -key))
        if key % 2:
            break
        later = world.order[key // 2]
        end = world.wishes[world.applicant[later] + 1]
        later = next_wish(world, outcome, later + 1, end)
        stayed = later == end
        if stayed:
            break
        opening, key = world.opening[later], 2 * world.rank[later]
    while len(steps):
        opening, key = steps.pop()
        if key > 0:
            take(outcome, opening, key)
        else:
            put(outcome, opening, -key)
    return stayed


@inlined
def put(outcome: Outcome, opening: int, key: int) -> None:
    """Put a key among those held."""
    first = outcome.seat[opening]
    place = first + outcome.filled[opening]
    while place > first and outcome.held[place - 1] > key:
        outcome.held[place] = outcome.held[place - 1]
        place -= 1
    outcome.held[place] = key
    outcome.filled[opening] += 1


@inlined
def take(outcome: Outcome, opening: int, key: int) -> None:
    """Take a key from those held."""
    first = outcome.seat[opening]
    outcome.filled[opening] -= 1
    place, end = first, first + outcome.filled[opening]
    while outcome.held[place] != key:
        place += 1
    while place < end:
        outcome.held[place] = outcome.held[place + 1]
        place += 1


@compiled
def wanted(world: World, outcome: Outcome, wishes: Ints, kinds: Ints, quotas: bool) -> Bools:
    """Whether the opening of each of these wishes would choose its applicant from among those it holds.

    The wishes are acceptable, of nobody whom their opening holds, and ordered by opening and `kinds`. Those
    of one opening and kind are of the same of its groups, so only their places part them, and a better place
    never hurts: the last place that would do is looked for once.
    """
    found = np.empty(len(wishes), np.bool_)
    last = 0
    for number, wish in enumerate(wishes):
        opening = world.opening[wish]
        first = outcome.seat[opening]
        keys = outcome.held[first : first + outcome.filled[opening]]
        before = wishes[number - 1]
        if number == 0 or world.opening[before] != opening or kinds[number - 1] != kinds[number]:
            last = last_place(world, opening, keys, world.applicant[wish], quotas)
        found[number] = np.searchsorted(keys, 2 * world.rank[wish]) <= last
    return found


@compiled
def last_place(world: World, opening: int, keys: Ints, who: int, quotas: bool) -> int:
    """The most holders behind whom one like `who` may stand and still be chosen; -1: not even the first."""
    least, most = -1, len(keys)
    while least < most:
        behind = (least + most + 1) // 2
        asking = np.concatenate((keys[:behind], np.array([1]), keys[behind:]))
        if choose(world, opening, asking, who, quotas)[behind] != OUT:
            least = behind
        else:
            most = behind - 1
    return least


@compiled
def wish_at(world: World, who: Ints, opening: Ints) -> Ints:
    """The rank of these applicants' wishes at these openings; 0: none, or not acceptable."""
    found = np.zeros(len(who), np.int64)
    for number in range(len(who)):
        if who[number] < 0:
            continue
        for wish in range(world.wishes[who[number]], world.wishes[who[number] + 1]):
            if world.opening[wish] == opening[number]:
                found[number] = world.rank[wish]
    return found


@compiled
def is_placed(world: World, outcome: Outcome, who: int) -> bool:
    """Whether any opening holds an applicant."""
    for wish in range(world.wishes[who], world.wishes[who + 1]):
        opening = world.opening[wish]
        first = outcome.seat[opening]
        if 2 * world.rank[wish] in outcome.held[first : first + outcome.filled[opening]]:
            return True
    return False
