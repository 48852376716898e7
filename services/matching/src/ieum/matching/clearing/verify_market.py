"""A market's document as arrays, for the verifier alone; no code is shared with the solver."""

from __future__ import annotations

from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from ieum.matching.clearing.verify_rules import World, belonging

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ieum.matching.clearing.verify_rules import Ints

Document = dict[str, Any]
_BITS = 63
"""Groups that fit into one number."""


class Named:
    """A market by name and in arrays; `world` has what the rules go by."""

    def __init__(self, market: Document) -> None:
        self.market = market
        self.names: list[str] = [one["id"] for one in market["applicants"]]
        self.number = {name: number for number, name in enumerate(self.names)}
        self.openings: list[Document] = market["openings"]
        self.opening_names: list[str] = [one["id"] for one in self.openings]
        self.opening_number = {name: number for number, name in enumerate(self.opening_names)}
        self.choices: list[list[str]] = [one["choices"] for one in market["applicants"]]
        self.world = self._world()
        self.kinds = self._kinds()

    def _world(self) -> World:
        groups: dict[str, int] = {}

        def numbers(names: Iterable[str]) -> Ints:
            return _ints(groups.setdefault(name, len(groups)) for name in names)

        applicants, openings = self.market["applicants"], self.openings
        reserves = [one.get("reserves", []) for one in openings]
        quotas = [one.get("quotas", []) for one in openings]
        wishes = _ends(self.choices)
        unordered = World(
            wishes=wishes,
            memberships=_ends(one.get("groups", []) for one in applicants),
            groups=numbers(name for one in applicants for name in one.get("groups", [])),
            applicant=np.repeat(np.arange(len(applicants)), np.diff(wishes)),
            opening=_ints(map(self.opening_number.__getitem__, chain.from_iterable(self.choices))),
            rank=_ints([]),
            order=_ints([]),
            line=_ints([]),
            capacity=_ints(one["capacity"] for one in openings),
            reserves=_ends(reserves),
            reserve_group=numbers(one["group"] for one in chain.from_iterable(reserves)),
            reserve_places=_ints(one["places"] for one in chain.from_iterable(reserves)),
            reserve_opens=np.array(
                [one.get("unfilled", "open") == "open" for one in chain.from_iterable(reserves)], np.bool_
            ),
            quotas=_ends(quotas),
            quota_group=numbers(one["group"] for one in chain.from_iterable(quotas)),
            at_most=_ints(one["at_most"] for one in chain.from_iterable(quotas)),
        )
        ties = [numbers(one.get("ties", [])) for one in openings]
        return self._ordered(unordered, ties)

    def _ordered(self, world: World, ties: list[Ints]) -> World:
        """Each opening's strict order: the level, the tie groups as listed, the lottery."""
        level, acceptable = self._levels(world)
        keys: list[Any] = [self._lottery()[world.applicant]]
        for place in reversed(range(max(map(len, ties), default=0))):
            group = _ints(one[place] if place < len(one) else -1 for one in ties)[world.opening]
            keys.append(~belonging(world, group) & (group >= 0))
        order = np.lexsort([*keys, level, world.opening, ~acceptable])[: int(acceptable.sum())]
        rank = np.zeros(len(level), np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        line = 1 + np.searchsorted(world.opening[order], np.arange(len(self.openings) + 1))
        return world._replace(rank=rank, order=np.concatenate(([-1], order)), line=line)

    def _levels(self, world: World) -> tuple[Ints, Any]:
        """By wish: a smaller number is better; and whether it is acceptable."""
        levels: list[dict[str, int]] = []
        for one in self.openings:
            priorities = one["priorities"]
            if priorities["kind"] == "scores":
                levels.append({name: -score for name, score in priorities["scores"].items()})
            else:
                levels.append({name: k for k, tier in enumerate(priorities["tiers"]) for name in tier})
        # Each pair of opening and applicant as one number: those named, in order, then those wished for.
        people = len(self.names)
        at = np.repeat(np.arange(len(levels)), _ints(map(len, levels)))
        named = at * people + _ints(map(self.number.__getitem__, chain.from_iterable(levels)))
        given = _ints(chain.from_iterable(one.values() for one in levels))
        order = np.argsort(named)
        named, given = np.append(named[order], -1), np.append(given[order], 0)
        wished = world.opening * people + world.applicant
        place = np.searchsorted(named[:-1], wished)
        acceptable = named[place] == wished
        return np.where(acceptable, given[place], 0), acceptable

    def _lottery(self) -> Ints:
        """By applicant: their place in the order of the lottery numbers, equal ones by id."""
        seed = bytes.fromhex(self.market["seed"])
        lots = [sha256(seed + bytes(1) + name.encode()).digest()[:8] for name in self.names]
        place = np.empty(len(lots), np.int64)
        place[sorted(range(len(lots)), key=lambda who: (lots[who], self.names[who]))] = np.arange(len(lots))
        return place

    def _kinds(self) -> Ints:
        """By wish: equal for those who are of the same of their opening's reserves' and quotas' groups."""
        world = self.world
        kinds = np.zeros(len(world.opening), np.int64)
        bit = 0
        for first, groups in ((world.reserves, world.reserve_group), (world.quotas, world.quota_group)):
            many = np.diff(first)
            for place in range(int(many.max(initial=0))):
                group = np.full(len(many), -1)
                group[place < many] = groups[first[:-1][place < many] + place]
                kinds |= belonging(world, group[world.opening]).astype(np.int64) << bit
                bit += 1
        return kinds if bit < _BITS else np.arange(len(kinds))  # too many groups: each a kind of its own

    def applicant_of(self, wish: int) -> str:
        """Who made a wish, by name."""
        return self.names[int(self.world.applicant[wish])]

    def opening_of(self, wish: int) -> str:
        """What was wished for, by name."""
        return self.opening_names[int(self.world.opening[wish])]

    def groups(self, wish: int) -> list[str]:
        """The groups of whoever made a wish, by name."""
        found: list[str] = self.market["applicants"][self.world.applicant[wish]].get("groups", [])
        return found

    @cached_property
    def minimums(self) -> Ints:
        """By opening."""
        return _ints(one.get("minimum", 0) for one in self.openings)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def _ends(several: Iterable[Sequence[Any]]) -> Ints:
    """Where each of several runs begins, and the last ends."""
    return np.concatenate(([0], np.cumsum(_ints(map(len, several))))).astype(np.int64)
