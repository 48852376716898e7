"""What a workplace may know of who chose it: points and their reasons, and not who it is. Pure.

Employers may not ask for what says nothing of the work: looks, origin, family (채용절차법 4조의3). So no
name, sex, age or school is shown; and that somebody belongs to a group to which the programme gives priority
is theirs to tell, so it is said only that points come from the programme's own rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.matching.ranking.domain import FACTORS, limits

if TYPE_CHECKING:
    from ieum.matching.ranking.domain import Fit, Position, Profile, Rules

HIDDEN = frozenset({"wishes", "groups"})
"""Factors that say what a workplace must not know: where else somebody applied, and why they need it."""


@dataclass(frozen=True, slots=True)
class Factor:
    """What one factor earns, and of how much at the most; `other` stands for all that are hidden."""

    name: str
    points: int
    most: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """One who chose an opening: their number there, place from 1, points from 0 to 1000, and why.

    `skills`: how many of the opening's skills they have. Without `factors` their profile is gone.
    """

    id: UUID
    place: int
    score: int
    skills: int
    factors: tuple[Factor, ...]


def factors(fit: Fit, rules: Rules) -> tuple[Factor, ...]:
    """The factors that weigh anything, in their order; the hidden ones but the wishes as one."""
    weighed = [
        Factor(name, points, most)
        for name, points, most in zip(FACTORS, fit.shares, limits(rules), strict=True)
        if most
    ]
    shown = [one for one in weighed if one.name not in HIDDEN]
    other = [one for one in weighed if one.name == "groups"]
    return (*shown, *(Factor("other", one.points, one.most) for one in other))


def shared(profile: Profile, opening: Position) -> int:
    """How many of the skills that an opening asks for a person has."""
    return len(profile.skills & opening.skills)
