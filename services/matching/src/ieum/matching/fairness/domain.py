"""Indicators of a round by group: how many were placed, how many at their first choice, at which rank.

Pure, and in integers, so that whoever has the same numbers computes the same ones: shares in thousandths,
ranks in hundredths, bounds rounded outwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING

from ieum.common.events.matching_fairness import GroupIndicators, Indicators, Interval, SexIndicators
from ieum.common.kernel.dates import age_on
from ieum.matching.fairness.suppression import suppress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from ieum.common.events.matching_fairness import Dimension
    from ieum.common.events.programme import Matching

Z = 1.959964
"""The 97.5th percentile of the normal distribution: intervals of 95 %."""
_ENDS = (0, 19, 25, 30, 35, 40, 50, 65)
UNKNOWN = "unknown"
"""Whoever was erased since, or whose profile cannot be read."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One applicant: the rank of the choice obtained, from 1 (None: not placed), and where they belong."""

    rank: int | None
    district: str
    age: str
    groups: frozenset[str]
    sex: str = UNKNOWN


def age_band(born: date, on: date) -> str:
    """A band of full years: `19-24`, the last `65+`; `unknown` before birth."""
    age = age_on(born, on) if born <= on else -1
    if age < 0:
        return UNKNOWN
    return next((f"{low}-{high - 1}" for low, high in pairwise(_ENDS) if age < high), f"{_ENDS[-1]}+")


def groups_named(*rules: Matching) -> tuple[str, ...]:
    """The priority groups that a programme's matching names anywhere, by name."""
    return tuple(
        sorted(
            {
                group
                for one in rules
                for group in (
                    *one.factors.groups,
                    *one.ties,
                    *(reserve.group for reserve in one.reserves),
                    *(quota.group for quota in one.quotas),
                )
            }
        )
    )


def wilson(hits: int, of: int) -> Interval:
    """A share with its 95 % score interval, in thousandths; `of` at least 1.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of
    the American Statistical Association 22 (1927), 209-212. It stays within 0 and 1, and holds for few cases.
    """
    share, part = hits / of, Z * Z / of
    centre = (share + part / 2) / (1 + part)
    half = Z * sqrt(share * (1 - share) / of + part / of / 4) / (1 + part)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Interval(value=(2000 * hits + of) // (2 * of), low=floor(low * 1000), high=ceil(high * 1000))


def mean_rank(ranks: Sequence[int]) -> Interval:
    """The mean rank of those placed with its 95 % interval, in hundredths; at least two ranks.

    The interval is the normal one of a mean, with the sample's variance; no bound lies below rank 1.
    """
    count, total = len(ranks), sum(ranks)
    mean = total / count
    variance = sum((rank - mean) ** 2 for rank in ranks) / (count - 1)
    half = Z * sqrt(variance / count)
    value = (200 * total + count) // (2 * count)
    return Interval(value=value, low=max(100, floor((mean - half) * 100)), high=ceil((mean + half) * 100))


def indicators(everybody: Sequence[Standing], groups: Iterable[str]) -> list[GroupIndicators]:
    """All applicants, then each district and age band that occurs, then each of these priority groups.

    A group is told beside everybody else, as a person may be in several; of the others nothing is told.
    """
    found = _groups("all", _table(everybody, lambda _: "all"))
    found += _groups("district", _table(everybody, lambda one: one.district))
    found += _groups("age", _table(everybody, lambda one: one.age))
    for group in groups:
        sides = _groups("group", _table(everybody, partial(_side, group)))
        found += [side for side in sides if side.name]
    return found


def by_sex(everybody: Sequence[Standing]) -> list[SexIndicators]:
    """The same by sex; nothing where nobody said theirs."""
    if all(one.sex == UNKNOWN for one in everybody):
        return []
    return [SexIndicators(**dict(one)) for one in _table(everybody, lambda one: one.sex)]


def _groups(dimension: Dimension, lines: Iterable[Indicators]) -> list[GroupIndicators]:
    return [GroupIndicators(dimension=dimension, **dict(one)) for one in lines]


def _table(everybody: Sequence[Standing], name_of: Callable[[Standing], str]) -> list[Indicators]:
    parts: dict[str, list[int]] = {}
    for one in everybody:
        parts.setdefault(name_of(one), []).append(one.rank or 0)
    if not parts:
        return []
    names = sorted(parts)
    masked = suppress([_counts(parts[name]) for name in names])
    return [
        _indicators(name, [rank for rank in parts[name] if rank], total, cells)
        for name, total, cells in zip(names, masked.rows, masked.cells, strict=True)
    ]


def _side(group: str, one: Standing) -> str:
    return group if group in one.groups else ""


def _counts(ranks: Sequence[int]) -> list[int]:
    """Who got the first choice, who a later one, who none."""
    return [ranks.count(1), len(ranks) - ranks.count(1) - ranks.count(0), ranks.count(0)]


def _indicators(
    name: str, ranks: Sequence[int], total: int | None, cells: Sequence[int | None]
) -> Indicators:
    first, later, none = cells
    return Indicators(
        name=name,
        applicants=total,
        matched=wilson(len(ranks), total) if total and none is not None else None,
        first_choice=wilson(first, total) if total and first is not None else None,
        mean_rank=mean_rank(ranks) if first is not None and later is not None and len(ranks) > 1 else None,
    )
