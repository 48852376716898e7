"""How well openings fit a person, in integers: anybody with the same facts computes the same points.

A programme weighs its factors; each factor earns its weight times how far it is met, on a scale on which full
agreement in all of them is 1000. Every share is rounded down, and the score is their sum, so the shares in an
explanation always add up to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.kernel.korean import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ieum.common.events.intake import PersonProfile
    from ieum.common.events.programme import Programme
    from ieum.matching.markets.domain import Opening

FULL = 1000
EXPERIENCE_FULL_MONTHS = 24
"""Months of experience beyond which more earns no more: the longest work experience of these programmes."""

FACTORS = ("skills", "field", "experience", "district", "wishes", "groups")


@dataclass(frozen=True, slots=True)
class Rules:
    """A programme's weights, and how many choices an applicant may rank."""

    skills: int
    field: int
    experience: int
    district: int
    wishes: int
    groups: tuple[tuple[str, int], ...]
    choices_max: int

    @property
    def total(self) -> int:
        """The weight of full agreement in everything; at least 1."""
        plain = self.skills + self.field + self.experience + self.district + self.wishes
        return max(plain + sum(weight for _, weight in self.groups), 1)


@dataclass(frozen=True, slots=True)
class Profile:
    """What ranking asks about a person; texts are folded. `choices` are openings, the best liked first."""

    district: str | None
    skills: frozenset[str]
    fields: frozenset[str]
    experience_months: int
    groups: frozenset[str]
    choices: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """What ranking asks about an opening; texts are folded."""

    id: UUID
    district: str
    field: str
    skills: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an opening fits: each factor's share, in the order of FACTORS."""

    opening: UUID
    shares: tuple[int, ...]

    @property
    def score(self) -> int:
        """From 0 to 1000, higher is better."""
        return sum(self.shares)

    @property
    def priority(self) -> int:
        """The score without the wishes: what an opening goes by in a round.

        An opening that preferred those who rank it high would punish truthful ranking (Abdulkadiroğlu and
        Sönmez, "School Choice", American Economic Review 93, 2003, on the Boston mechanism).
        """
        return sum(self.shares) - self.shares[FACTORS.index("wishes")]


def fold(text: str) -> str:
    """A skill or field as it is compared: NFC, single spaces, no difference of case."""
    return normalise(text).casefold()


def rules_of(programme: Programme) -> Rules:
    """The weights of a programme's file."""
    weights = programme.matching.factors
    return Rules(
        skills=weights.skills,
        field=weights.field,
        experience=weights.experience,
        district=weights.district,
        wishes=weights.wishes,
        groups=tuple(sorted(weights.groups.items())),
        choices_max=programme.choices.max,
    )


def profile_of(facts: PersonProfile, district: str | None, choices: Sequence[UUID]) -> Profile:
    """A person as ranking sees them."""
    return Profile(
        district=district,
        skills=frozenset(map(fold, facts.skills)),
        fields=frozenset(map(fold, facts.fields)),
        experience_months=max(facts.experience_months, 0),
        groups=frozenset(facts.groups),
        choices=tuple(choices),
    )


def position_of(opening: Opening) -> Position:
    """An opening as ranking sees it."""
    return Position(opening.id, opening.district, fold(opening.field), frozenset(map(fold, opening.skills)))


def limits(rules: Rules) -> tuple[int, ...]:
    """The most each factor can earn, in the order of FACTORS."""
    weights = (rules.skills, rules.field, rules.experience, rules.district, rules.wishes)
    groups = sum(weight for _, weight in rules.groups)
    return tuple(weight * FULL // rules.total for weight in (*weights, groups))


class Scorer:
    """One person's scores: what is the same for all openings is worked out once."""

    def __init__(self, profile: Profile, rules: Rules) -> None:
        self._profile = profile
        self._rules = rules
        self._total = rules.total
        self._full = limits(rules)
        months = min(profile.experience_months, EXPERIENCE_FULL_MONTHS)
        self._experience = self._share(rules.experience, months, EXPERIENCE_FULL_MONTHS)
        held = sum(weight for group, weight in rules.groups if group in profile.groups)
        self._groups = held * FULL // self._total
        self.everywhere = self._experience + self._groups
        """What every opening earns alike."""
        self.wishes = {
            opening: self._share(rules.wishes, max(rules.choices_max - place, 0), rules.choices_max)
            for place, opening in enumerate(profile.choices)
        }

    def _share(self, weight: int, met: int, of: int) -> int:
        return weight * FULL * met // (of * self._total)

    def fit(self, opening: Position) -> Fit:
        """The shares of one opening."""
        profile, full = self._profile, self._full
        wanted = len(opening.skills)
        met = len(profile.skills & opening.skills)
        return Fit(
            opening.id,
            (
                self._share(self._rules.skills, met, wanted) if wanted else full[0],
                full[1] if opening.field in profile.fields else 0,
                self._experience,
                full[3] if opening.district == profile.district else 0,
                self.wishes.get(opening.id, 0),
                self._groups,
            ),
        )


def rank(profile: Profile, openings: Iterable[Position], rules: Rules, top: int) -> list[Fit]:
    """The `top` openings that fit best, best first; among equals the better liked, then by id."""
    scorer = Scorer(profile, rules)
    liked = {opening: place for place, opening in enumerate(profile.choices)}
    last = len(liked)

    def order(fit: Fit) -> tuple[int, int, UUID]:
        return -fit.score, liked.get(fit.opening, last), fit.opening

    return nsmallest(top, map(scorer.fit, openings), key=order)


def priorities(profile: Profile, chosen: Sequence[Position], rules: Rules) -> tuple[int, ...]:
    """The priority of the person at each opening they chose, in that order."""
    scorer = Scorer(profile, rules)
    return tuple(scorer.fit(opening).priority for opening in chosen)
