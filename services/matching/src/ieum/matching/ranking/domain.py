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

from ieum.common.events.intake import WORKING_TIMES
from ieum.matching.ranking.words import NOTHING_SAID, Said, field_of, skill_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ieum.common.events.intake import PersonProfile
    from ieum.common.events.programme import Programme
    from ieum.matching.markets.domain import Opening

    Neighbours = Mapping[str, frozenset[str]]

_NOWHERE: Neighbours = {}
FULL = 1000
SAME, RELATED = 2, 1
HERE, BESIDE = 2, 1
"""How near an opening is, of two: in the person's own district, in one beside it; elsewhere it is 0."""

EXPERIENCE_FULL_MONTHS = 24
"""Months of experience beyond which more earns no more: the longest work experience of these programmes."""

FACTORS = ("skills", "field", "experience", "district", "travel", "hours", "wishes", "groups")


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
    travel: int = 0
    hours: int = 0

    @property
    def weights(self) -> tuple[int, ...]:
        """The weight of each factor, in the order of FACTORS; of all groups together."""
        plain = tuple(getattr(self, name) for name in FACTORS[:-1])
        return (*plain, sum(weight for _, weight in self.groups))

    @property
    def total(self) -> int:
        """The weight of full agreement in everything; at least 1."""
        return max(sum(self.weights), 1)


@dataclass(frozen=True, slots=True)
class Profile:
    """What ranking asks about a person. `choices` are openings, the best liked first.

    `skills` and `fields`: the names that texts are compared by (`skill_of`, `field_of`); `majors`: the fields
    of NCS that the fields belong to, `wholes` those that are named as such; `said`: the texts as they were
    written, by those names. `near`: the districts beside theirs; `times`: when they can be there, as bits
    (`time_bits`).
    """

    district: str | None
    skills: frozenset[str]
    fields: frozenset[str]
    experience_months: int
    groups: frozenset[str]
    choices: tuple[UUID, ...]
    near: frozenset[str] = frozenset()
    times: int = 0
    majors: frozenset[str] = frozenset()
    wholes: frozenset[str] = frozenset()
    said: Said = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Position:
    """What ranking asks about an opening, texts as in Profile. `times`: when somebody is needed, as bits.

    `major`: the field of NCS that its field belongs to, or is, where it is the `whole` of it.
    """

    id: UUID
    district: str
    field: str
    skills: frozenset[str]
    times: int = 0
    major: str | None = None
    whole: bool = False


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


def time_bits(times: Iterable[str]) -> int:
    """Working times as a number: a bit for each, from Monday morning (the lowest) to Sunday evening."""
    return sum(_BIT[one] for one in set(times))


_BIT: dict[str, int] = {time: 1 << place for place, time in enumerate(WORKING_TIMES)}


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
        travel=weights.travel,
        hours=weights.hours,
    )


def profile_of(
    facts: PersonProfile, district: str | None, choices: Sequence[UUID], neighbours: Neighbours = _NOWHERE
) -> Profile:
    """A person as ranking sees them; `neighbours`: the districts beside each (`City.neighbours`)."""
    fields = [field_of(text) for text in facts.fields]
    said = Said(
        {skill_of(text): text for text in reversed(facts.skills)},
        {name: text for text, (name, _, _) in zip(reversed(facts.fields), reversed(fields), strict=True)},
    )
    return Profile(
        district=district,
        skills=frozenset(said.skills),
        fields=frozenset(said.fields),
        experience_months=max(facts.experience_months, 0),
        groups=frozenset(facts.groups),
        choices=tuple(choices),
        near=neighbours.get(district or "", frozenset()),
        times=time_bits(facts.working_times),
        majors=frozenset(major for _, major, _ in fields if major),
        wholes=frozenset(major for _, major, whole in fields if major and whole),
        said=said,
    )


def position_of(opening: Opening) -> Position:
    """An opening as ranking sees it."""
    field, major, whole = field_of(opening.field)
    skills = frozenset(map(skill_of, opening.skills))
    return Position(
        opening.id, opening.district, field, skills, time_bits(opening.working_times), major, whole
    )


def limits(rules: Rules) -> tuple[int, ...]:
    """The most each factor can earn, in the order of FACTORS."""
    return tuple(weight * FULL // rules.total for weight in rules.weights)


def likeness(profile: Profile, opening: Position) -> int:
    """How like the opening's field of work is to one of the person's, of SAME.

    SAME: the same name, or one of the two is all of the field of NCS that the other is in; RELATED: two in
    one field of NCS; else 0.
    """
    if opening.field in profile.fields or opening.major in profile.wholes:
        return SAME
    if opening.major in profile.majors:
        return SAME if opening.whole else RELATED
    return 0


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

    def _nearness(self, district: str) -> int:
        if district == self._profile.district:
            return HERE
        return BESIDE if district in self._profile.near else 0

    def _part(self, weight: int, met: int, of: int) -> int:
        """As `_share`; what asks for nothing is met in full."""
        return self._share(weight, met, of) if of else self._share(weight, 1, 1)

    def _share(self, weight: int, met: int, of: int) -> int:
        return weight * FULL * met // (of * self._total)

    def fit(self, opening: Position) -> Fit:
        """The shares of one opening."""
        profile, full = self._profile, self._full
        rules = self._rules
        return Fit(
            opening.id,
            (
                self._part(rules.skills, len(profile.skills & opening.skills), len(opening.skills)),
                self._share(rules.field, likeness(profile, opening), SAME),
                self._experience,
                full[3] if opening.district == profile.district else 0,
                self._share(rules.travel, self._nearness(opening.district), HERE),
                self._part(
                    rules.hours, (profile.times & opening.times).bit_count(), opening.times.bit_count()
                ),
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
