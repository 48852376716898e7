"""What is told of a life so far, and what of it was checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ieum.demo.run import WAIT_SECONDS
from ieum.demo.summary import Check, Step

if TYPE_CHECKING:
    from ieum.demo.run import Run
    from ieum.demo.watching import Fact

HERSELF = ("한가온", ["판금"])
"""Her name and skills; invented."""


@dataclass
class Story:
    """What happened so far, and the answers that the last sentence is checked against."""

    run: Run
    programme: str
    steps: list[Step] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def tell(self, ko: str, en: str) -> None:
        """Add a sentence."""
        self.steps.append(Step(ko=ko, en=en))

    def facts(self, type_: str, person: str) -> list[Fact]:
        """The facts of a type about somebody in the story's own round."""
        found = self.run.watch.facts[type_]
        return [
            f for f in found if f.data.get("programme") == self.programme and f.data.get("person") == person
        ]

    async def wait(self, type_: str, person: str) -> Fact:
        """The newest fact of a type about somebody, when there is one."""
        await self.run.watch.until(
            lambda: bool(self.facts(type_, person)), seconds=WAIT_SECONDS, ko=type_, en=type_
        )
        return self.facts(type_, person)[-1]


def same(ko: str, en: str, expected: object, found: object) -> Check:
    """A check of two values that must be the same: equal ones count as 1 and 1."""
    if isinstance(expected, int) and isinstance(found, int):
        return Check(ko=ko, en=en, expected=expected, found=found)
    return Check(ko=ko, en=en, expected=1, found=int(expected == found))
