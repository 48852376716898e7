"""The best openings of a programme for one person, over all of them at once: `domain.rank`, but faster.

Each factor is a column of integers; the same divisions round the same way. Nothing is approximated, so the
answer is that of brute force, ties included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ieum.matching.ranking.domain import BESIDE, FACTORS, FULL, HERE, RELATED, SAME, Scorer, limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ieum.matching.ranking.domain import Fit, Position, Profile, Rules

    Ints = NDArray[np.int64]


class Index:
    """A programme's openings in columns, in the order of their ids; made anew when any of them changes."""

    def __init__(self, positions: Iterable[Position]) -> None:
        self._positions = sorted(positions, key=lambda one: one.id)
        self._number = {one.id: number for number, one in enumerate(self._positions)}
        self._wanted = np.array([len(one.skills) for one in self._positions], np.int64)
        self._times = np.array([one.times for one in self._positions], np.int64)
        self._districts = _lists((one.district, n) for n, one in enumerate(self._positions))
        self._fields = _lists((one.field, n) for n, one in enumerate(self._positions))
        in_ncs = [(one.major, one.whole, n) for n, one in enumerate(self._positions) if one.major]
        self._majors = _lists((major, n) for major, _, n in in_ncs)
        self._wholes = _lists((major, n) for major, whole, n in in_ncs if whole)
        self._skills = _lists((skill, n) for n, one in enumerate(self._positions) for skill in one.skills)

    def top(self, profile: Profile, rules: Rules, most: int) -> list[Fit]:
        """The `most` openings that fit best, best first; among equals the better liked, then by id."""
        if not self._positions or most < 1:
            return []
        scorer = Scorer(profile, rules)
        size, places = len(self._positions), len(profile.choices)
        score, liked = self._scores(profile, rules, scorer), np.full(size, places)
        for place, opening in reversed(list(enumerate(profile.choices))):
            if (number := self._number.get(opening)) is not None:
                liked[number] = place
        # One number that sorts as (-score, place among the choices, id) does.
        key = ((FULL - score) * (places + 1) + liked) * size + np.arange(size)
        best = np.sort(np.partition(key, most - 1)[:most]) if most < size else np.sort(key)
        return [scorer.fit(self._positions[number]) for number in (best % size).tolist()]

    def _scores(self, profile: Profile, rules: Rules, scorer: Scorer) -> Ints:
        full = dict(zip(FACTORS, limits(rules), strict=True))
        met = np.zeros(len(self._positions), np.int64)
        for skill in profile.skills:
            met[self._skills.get(skill, _NOBODY)] += 1
        score = _parts(rules.skills, met, self._wanted, rules.total) + scorer.everywhere
        score += rules.field * FULL * self._likeness(profile) // (SAME * rules.total)
        if profile.district is not None:
            here = self._districts.get(profile.district, _NOBODY)
            score[here] += full["district"] + full["travel"]
        if rules.travel:
            beside = rules.travel * FULL * BESIDE // (HERE * rules.total)
            for district in profile.near - {profile.district}:
                score[self._districts.get(district, _NOBODY)] += beside
        if rules.hours:
            asked = np.bitwise_count(self._times).astype(np.int64)
            free = np.bitwise_count(self._times & profile.times).astype(np.int64)
            score += _parts(rules.hours, free, asked, rules.total)
        for opening, wish in scorer.wishes.items():
            if (number := self._number.get(opening)) is not None:
                score[number] += wish
        return score

    def _likeness(self, profile: Profile) -> Ints:
        """`domain.likeness` of each opening."""
        like = np.zeros(len(self._positions), np.int64)
        for major in profile.majors:
            like[self._majors.get(major, _NOBODY)] = RELATED
        for major in profile.majors:
            like[self._wholes.get(major, _NOBODY)] = SAME
        for major in profile.wholes:
            like[self._majors.get(major, _NOBODY)] = SAME
        for field in profile.fields:
            like[self._fields.get(field, _NOBODY)] = SAME
        return like


def _parts(weight: int, met: Ints, of: Ints, total: int) -> Ints:
    """Of each opening the share of what it asks for that is met; what asks for nothing is met in full."""
    share: Ints = weight * FULL * np.where(of > 0, met, 1) // (np.maximum(of, 1) * total)
    return share


_NOBODY = np.array([], np.int64)


def _lists(pairs: Iterable[tuple[str, int]]) -> dict[str, Ints]:
    """The numbers of the openings that have each value."""
    found: dict[str, list[int]] = {}
    for value, number in pairs:
        found.setdefault(value, []).append(number)
    return {value: np.array(numbers, np.int64) for value, numbers in found.items()}
