"""The market worked out a second time, for the verifier alone; no code is shared with the solver.

Written in the plainest way found, from the text of the format: names instead of numbers, sets instead of
sorted lines, rounds in which all ask at once instead of one asker at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

Document = dict[str, Any]
Held = dict[str, set[str]]


@dataclass(frozen=True)
class Outcome:
    """Who is held where; and the openings closed, in the order of closing, with how many they held then."""

    held: Held
    closed: dict[str, int]


class World:
    """The market by name, with the order of each opening and its choice."""

    def __init__(self, market: Document) -> None:
        self.market = market
        self.seed = bytes.fromhex(market["seed"])
        self.choices: dict[str, list[str]] = {one["id"]: one["choices"] for one in market["applicants"]}
        self.groups: dict[str, list[str]] = {one["id"]: one.get("groups", []) for one in market["applicants"]}
        self.openings: dict[str, Document] = {one["id"]: one for one in market["openings"]}
        self.lots = {name: (self.lot(name), name) for name in self.choices}
        self.position = {name: self.order(one) for name, one in self.openings.items()}

    def lot(self, applicant: str) -> int:
        """The lottery number."""
        return int.from_bytes(sha256(self.seed + bytes(1) + applicant.encode()).digest()[:8], "big")

    def order(self, opening: Document) -> dict[str, float]:
        """The place of each acceptable applicant in the opening's strict order, from 0."""
        priorities, ties = opening["priorities"], opening.get("ties", [])
        if priorities["kind"] == "scores":
            level = {name: -score for name, score in priorities["scores"].items()}
        else:
            level = {name: number for number, tier in enumerate(priorities["tiers"]) for name in tier}
        keys = [
            (number, [group not in self.groups[name] for group in ties], self.lots[name])
            for name, number in level.items()
        ]
        return {name: place for place, (_, _, (_, name)) in enumerate(sorted(keys))}

    def choose(
        self, opening: str, asking: set[str], position: dict[str, float], *, quotas: bool = True
    ) -> dict[str, str]:
        """Who of those asking gets which place: the reserves as listed, then the open places."""
        rules = self.openings[opening]
        best_first = sorted(asking, key=position.__getitem__)
        got: dict[str, str] = {}
        free = rules["capacity"]
        for reserve in rules.get("reserves", []):
            group = reserve["group"]
            members = [name for name in best_first if name not in got and group in self.groups[name]]
            taken = members[: reserve["places"]]
            got |= dict.fromkeys(taken, f"reserve:{group}")
            free -= len(taken) if reserve.get("unfilled", "open") == "open" else reserve["places"]
        left = {quota["group"]: quota["at_most"] for quota in rules.get("quotas", [])} if quotas else {}
        for name in best_first:
            bound = [group for group in left if group in self.groups[name]]
            if free > 0 and name not in got and all(left[group] > 0 for group in bound):
                got[name] = "open"
                free -= 1
                for group in bound:
                    left[group] -= 1
        return got

    def clear(self, minimums: dict[str, int]) -> Outcome:
        """Clear, and close one opening after another until none is below its minimum.

        `minimums` stand in for the market's own. Those whom a closed opening held ask on from there.
        """
        held: Held = {name: set() for name in self.openings}
        wishes = {name: self.wishes(name) for name in self.choices}
        needed = {name: one.get("minimum", 0) for name, one in self.openings.items()} | minimums
        closed: dict[str, int] = {}
        self.accept(held, wishes, closed, set(self.choices))
        while True:
            below = {
                name: minimum - len(held[name]) for name, minimum in needed.items() if name not in closed
            }
            if max(below.values(), default=0) <= 0:
                return Outcome(held, closed)
            furthest = [name for name in below if below[name] == max(below.values())][-1]
            free, held[furthest] = held[furthest], set()
            closed[furthest] = len(free)
            self.accept(held, wishes, closed, free)

    def accept(
        self, held: Held, wishes: dict[str, list[str]], closed: dict[str, int], free: set[str]
    ) -> None:
        """Deferred acceptance in rounds: all who are free ask at once, every opening asked chooses anew."""
        while free:
            asked: Held = {}
            for name in free:
                wishes[name] = [opening for opening in wishes[name] if opening not in closed]
                for opening in wishes[name][:1]:
                    asked.setdefault(opening, set()).add(name)
            free = set()
            for opening, asking in asked.items():
                everyone = held[opening] | asking
                held[opening] = set(self.choose(opening, everyone, self.position[opening]))
                free |= everyone - held[opening]
            for name in free:
                wishes[name] = wishes[name][1:]

    def wishes(self, applicant: str) -> list[str]:
        """The choices of an applicant at which they are acceptable."""
        return [name for name in self.choices[applicant] if applicant in self.position[name]]

    def asking(self, opening: str) -> list[str]:
        """Those acceptable to an opening who chose it, in its order."""
        return [name for name in self.position[opening] if opening in self.choices[name]]

    def stays(self, outcome: Outcome, applicant: str, opening: str, place: float) -> bool:
        """Whether an unmatched applicant who stood at `place` in an opening's order would be matched.

        They ask there again, those displaced ask on; if the chain throws the applicant out again, they are
        in no stable outcome of the changed market, else in all of them (choices are substitutable and take
        no fewer when more ask: Hatfield and Milgrom 2005, theorem 8).
        """
        moved = self.position[opening] | {applicant: place}
        now: Held = {}
        asking, target = applicant, opening
        while True:
            everyone = now.get(target, outcome.held[target]) | {asking}
            position = moved if target == opening else self.position[target]
            now[target] = set(self.choose(target, everyone, position))
            out = everyone - now[target]
            if not out or applicant in out:
                return not out
            asking = out.pop()
            wishes = self.wishes(asking)
            later = [name for name in wishes[wishes.index(target) + 1 :] if name not in outcome.closed]
            if not later:
                return True
            target = later[0]
