"""What a market's answer must be, by exhaustion and straight from the format's text; for small markets."""

from __future__ import annotations

from hashlib import sha256
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .markets import Document

Matching = dict[str, str]


class Oracle:
    def __init__(self, market: Document) -> None:
        self.seed = bytes.fromhex(market["seed"])
        self.people = {one["id"]: one for one in market["applicants"]}
        self.openings = {one["id"]: one for one in market["openings"]}
        self.lines = {name: self.line(one) for name, one in self.openings.items()}

    def line(self, opening: Document) -> list[str]:
        priorities = opening["priorities"]
        scores = priorities.get("scores") or {
            name: -level for level, tier in enumerate(priorities.get("tiers", [])) for name in tier
        }
        line = list(scores)
        line.sort(key=lambda name: (sha256(self.seed + b"\0" + name.encode()).digest()[:8], name))
        for group in reversed(opening.get("ties", [])):
            line.sort(key=lambda name: group not in self.people[name]["groups"])
        line.sort(key=lambda name: -scores[name])
        return line

    def choose(self, name: str, asking: set[str]) -> dict[str, str]:
        opening, chosen = self.openings[name], {}
        free = opening["capacity"] - sum(reserve["places"] for reserve in opening.get("reserves", []))
        for reserve in opening.get("reserves", []):
            for _ in range(reserve["places"]):
                member = next(
                    (
                        one
                        for one in self.lines[name]
                        if one in asking
                        and one not in chosen
                        and reserve["group"] in self.people[one]["groups"]
                    ),
                    None,
                )
                if member:
                    chosen[member] = f"reserve:{reserve['group']}"
                elif reserve["unfilled"] == "open":
                    free += 1
        quotas = {quota["group"]: quota["at_most"] for quota in opening.get("quotas", [])}
        for one in self.lines[name]:
            if one in asking and one not in chosen and list(chosen.values()).count("open") < free:
                mine = [group for group in quotas if group in self.people[one]["groups"]]
                if all(
                    sum(
                        place == "open" and group in self.people[who]["groups"]
                        for who, place in chosen.items()
                    )
                    < quotas[group]
                    for group in mine
                ):
                    chosen[one] = "open"
        return chosen

    def stable(self, matching: Matching) -> bool:
        held = {name: {who for who, where in matching.items() if where == name} for name in self.openings}
        if any(set(self.choose(name, those)) != those for name, those in held.items()):
            return False
        for who, person in self.people.items():
            for name in person["choices"]:
                if matching.get(who) == name:
                    break
                if who in self.lines[name] and who in self.choose(name, held[name] | {who}):
                    return False
        return True

    def stable_matchings(self) -> Iterator[Matching]:
        options = [
            [None, *(name for name in person["choices"] if who in self.lines[name])]
            for who, person in self.people.items()
        ]
        for pick in product(*options):
            matching = {who: name for who, name in zip(self.people, pick, strict=True) if name}
            if self.stable(matching):
                yield matching

    def rank(self, who: str, matching: Matching) -> int:
        choices = self.people[who]["choices"]
        return choices.index(matching[who]) if who in matching else len(choices)

    def accept(self, closed: list[str]) -> Matching:
        """Deferred acceptance one at a time, from scratch, keeping all who ever asked each opening."""
        ever: dict[str, set[str]] = {name: set() for name in self.openings}
        while True:
            held = {name: self.choose(name, ever[name]) for name in self.openings}
            matching = {who: name for name, those in held.items() for who in those}
            for who, person in self.people.items():
                wishes = [n for n in person["choices"] if n not in closed and who in self.lines[n]]
                target = next((name for name in wishes if who not in ever[name]), None)
                if who not in matching and target:
                    ever[target].add(who)
                    break
            else:
                return matching

    def clear(self) -> tuple[Matching, list[str]]:
        """Close the furthest below its minimum (the last listed of equals), clear again from scratch."""
        closed: list[str] = []
        while True:
            matching = self.accept(closed)
            filled = list(matching.values())
            below = {
                name: one.get("minimum", 0) - filled.count(name)
                for name, one in self.openings.items()
                if name not in closed
            }
            worst = max(below.values(), default=0)
            if worst <= 0:
                return matching, closed
            closed.append([name for name in below if below[name] == worst][-1])
