"""A market in arrays, for the kernel: every applicant and opening a number, every choice a key."""

from __future__ import annotations

from itertools import chain
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from ieum.matching.clearing.kernel import LAST, NOT_ACCEPTABLE, Rules
from ieum.matching.clearing.lottery import draw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from ieum.matching.clearing.market import Market, Opening

    Ints = NDArray[np.int64]

_WORD = 64


class Board:
    """The arrays of a market. `rules` are the kernel's; `choices` are those that are no ends.

    `order` has the choices that are acceptable, opening by opening, best first; `line` where each begins.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self._groups = _numbers(market)
        groups = self._members()
        first, who, opening = _asking(market)
        self.choices = np.flatnonzero(opening >= 0)
        best_first, acceptable = self._best_first(who[self.choices], opening[self.choices], groups)
        self.order = self.choices[best_first[acceptable[best_first]]]
        self.line = np.searchsorted(opening[self.order], np.arange(len(market.openings) + 1))
        key = np.full(len(opening), NOT_ACCEPTABLE, np.int32)
        key[self.order] = 2 * (np.arange(1, len(self.order) + 1) - self.line[opening[self.order]])
        self.rules = rules_for(
            market.openings, self._groups, first=first, who=who, groups=groups, opening=opening, key=key
        )

    def _members(self) -> NDArray[np.uint64]:
        words = np.zeros((len(self.market.applicants), len(self._groups) // _WORD + 1), np.uint64)
        for who, applicant in enumerate(self.market.applicants):
            for name in applicant.groups:
                if (group := self._groups.get(name)) is not None:
                    words[who, group // _WORD] |= np.uint64(1 << group % _WORD)
        return words

    def _best_first(
        self, who: NDArray[np.int32], opening: NDArray[np.int32], groups: NDArray[np.uint64]
    ) -> tuple[Ints, NDArray[np.bool_]]:
        """The choices by opening, then priority, tie groups as listed, lottery; and which are acceptable."""
        priority, acceptable = self._priorities(who, opening)
        lots = draw(self.market)
        lot = _numbers_of(map(lots.__getitem__, (one.id for one in self.market.applicants)))[who]
        behind = priority.max(initial=0) - priority
        keys = [opening.astype(np.int64), behind, *self._outside(opening, groups[who]), lot]
        return _in_order_of(keys), acceptable

    def _priorities(
        self, who: NDArray[np.int32], opening: NDArray[np.int32]
    ) -> tuple[Ints, NDArray[np.bool_]]:
        """The priority of each choice's applicant at its opening, and whether they have one there."""
        openings, number = self.market.openings, {one.id: k for k, one in enumerate(self.market.applicants)}
        named = _numbers_of(map(number.__getitem__, chain.from_iterable(one.priority for one in openings)))
        given = _numbers_of(chain.from_iterable(one.priority.values() for one in openings))
        at = np.repeat(np.arange(len(openings)), _numbers_of(len(one.priority) for one in openings))
        pairs, asked = at * len(number) + named, opening.astype(np.int64) * len(number) + who
        there, here = np.argsort(pairs), np.argsort(asked)  # in order, looking up one after the other is near
        place = np.empty(len(asked), np.int64)
        place[here] = np.searchsorted(pairs[there], asked[here])
        found = np.append(there, -1)[place]
        return np.append(given, 0)[found], np.append(pairs, -1)[found] == asked

    def _outside(self, opening: NDArray[np.int32], groups: NDArray[np.uint64]) -> list[Ints]:
        """For the first, second … tie group of each choice's opening: 1 where its applicant is not in it."""
        ties = [one.ties for one in self.market.openings]
        rows = np.arange(len(opening))
        found = []
        for place in range(max(map(len, ties), default=0)):
            wanted = np.array([self._groups[tie[place]] if place < len(tie) else -1 for tie in ties])[opening]
            word, bit = np.maximum(wanted, 0) // _WORD, (np.maximum(wanted, 0) % _WORD).astype(np.uint64)
            inside = (groups[rows, word] >> bit) & np.uint64(1)
            found.append(np.where(wanted < 0, 0, 1 - inside.astype(np.int64)))
        return found


def rules_for(
    openings: Sequence[Opening],
    numbers: Mapping[str, int],
    *,
    first: Ints,
    who: NDArray[np.int32],
    groups: NDArray[np.uint64],
    opening: NDArray[np.int32],
    key: NDArray[np.int32],
) -> Rules:
    """The kernel's arrays for these openings and choices; `numbers` are those of the groups' bits."""
    asking = np.bincount(opening[key != NOT_ACCEPTABLE], minlength=len(openings)).tolist()
    room = [min(_room(one), most + 1) for one, most in zip(openings, asking, strict=True)]
    bins = [
        bin_
        for one, most, askers in zip(openings, room, asking, strict=True)
        for bin_ in _bins(one, numbers, most, askers + 1)
    ]
    group, limit, opens, heap = zip(*bins, strict=True) if bins else ((), (), (), ())
    begins = _ends(heap)
    heaps = len(bins) + 2 * len(openings)
    return Rules(
        opening=opening,
        key=key,
        who=who,
        first=first,
        groups=groups,
        bins=_ends(len(one.reserves) + len(one.quotas) + 1 for one in openings),
        reserves=np.array([len(one.reserves) for one in openings], np.int64),
        room=np.array(room, np.int64),
        group=np.array(group, np.int64),
        limit=np.array(limit, np.int64),
        opens=np.array(opens, np.bool_),
        heap=heaps + 2 * begins,
        left=len(bins),
        bar=len(bins) + len(openings),
        heaps=heaps,
    )


def _bins(
    one: Opening, numbers: Mapping[str, int], room: int, askers: int
) -> Iterator[tuple[int, int, bool, int]]:
    """Group, limit, whether it opens, and room in memory: the reserves, the quotas, everybody else."""
    for reserve in one.reserves:
        yield numbers[reserve.group], reserve.places, reserve.opens, min(reserve.places, askers)
    for quota in one.quotas:
        yield numbers[quota.group], quota.at_most, False, min(quota.at_most, room + 1, askers)
    yield -1, 2**62, False, min(room + 1, askers)


def start(rules: Rules) -> NDArray[np.int32]:
    """The memory in which nobody has asked yet: every bin empty, every open place free."""
    made = np.zeros(rules.heap[-1], np.int32)
    made[rules.left : rules.bar] = rules.room
    made[rules.bar : rules.heaps] = LAST
    return made


def _asking(market: Market) -> tuple[Ints, NDArray[np.int32], NDArray[np.int32]]:
    """The first choice of each applicant, and by choice, ends included: who makes it, and the opening."""
    number: dict[str | None, int] = {opening.id: k for k, opening in enumerate(market.openings)}
    number[None] = -1
    ends = _ends(len(applicant.choices) + 1 for applicant in market.applicants)
    who = np.repeat(np.arange(len(market.applicants), dtype=np.int32), np.diff(ends))
    chosen = chain.from_iterable((*one.choices, None) for one in market.applicants)
    return ends[:-1], who, np.fromiter(map(number.__getitem__, chosen), np.int32, len(who))


def _in_order_of(keys: Sequence[Ints]) -> Ints:
    """What puts rows in the order of these keys, none below 0, the first key first.

    No two rows have all keys alike. Where the keys fit into one number, as in every city, that is sorted.
    """
    sizes = [int(key.max(initial=0)) + 1 for key in keys]
    if prod(sizes) > np.iinfo(np.int64).max:
        return np.lexsort(keys[::-1])
    joint = np.zeros(len(keys[0]), np.int64)
    for key, size in zip(keys, sizes, strict=True):
        joint = joint * size + key
    return np.argsort(joint)


def _numbers_of(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _numbers(market: Market) -> dict[str, int]:
    """The groups that decide anything, numbered."""
    names: dict[str, None] = {}
    for one in market.openings:
        names |= dict.fromkeys(one.ties)
        names |= dict.fromkeys(reserve.group for reserve in one.reserves)
        names |= dict.fromkeys(quota.group for quota in one.quotas)
    return {name: number for number, name in enumerate(names)}


def _room(opening: Opening) -> int:
    """Open places while no reserve is filled."""
    reserved = sum(reserve.places for reserve in opening.reserves if not reserve.opens)
    return opening.capacity - reserved


def _ends(lengths: Iterable[int]) -> Ints:
    """Where each of several runs begins, and the last ends."""
    return np.concatenate(([0], np.cumsum(np.fromiter(lengths, np.int64)))).astype(np.int64)
