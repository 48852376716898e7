"""Many persons as arrays: one column a fact, one row a person, so that a rule is a few operations.

Days are proleptic ordinals (`date.toordinal`), 0 where none is known. Whatever a condition may name is a
`Variable`: a number for each row, and what each number stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ieum.common.events.life_stages import ENDS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from ieum.common.service.city_facts import MedianIncome
    from ieum.matching.eligibility.domain import Facts

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

UNKNOWN = -1
NEVER = 2**31 - 1
WON_MAX = 10**15
"""Incomes above this are held as this: no household's, and its hundredfold still is a 64-bit number."""
COUNT_MAX = 10**6
"""Likewise for the persons of a household, and years of service."""


@dataclass(frozen=True)
class Variable:
    """A fact that conditions name: `codes` by row, and what each code stands for; None: unknown."""

    codes: Ints
    values: Sequence[Any]

    def where(self, accepts: Callable[[Any], bool]) -> Bools:
        """The rows whose value is accepted; each distinct value is asked once."""
        return np.fromiter(map(accepts, self.values), dtype=np.bool_)[self.codes]


@dataclass(frozen=True)
class Certificates:
    """All persons' certificates, one after another: whose, of which status, from which day to which."""

    rows: Ints
    statuses: Ints
    seen: Ints
    expires: Ints

    def valid(self, day: int) -> Bools:
        """Which of them count on that day."""
        valid: Bools = (self.seen <= day) & (day <= self.expires)
        return valid


@dataclass(frozen=True)
class Columns:
    """What is known of `count` persons. What only depends on the day is worked out once and kept."""

    count: int
    medians: Sequence[MedianIncome]
    born: Ints
    born_year: Ints
    born_month_day: Ints
    moving_in: Ints
    certificates: Certificates
    status_names: tuple[str, ...]
    service_years: Ints
    household_size: Ints
    income: Ints
    plain: dict[str, Variable]
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    def keep(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """What was made under this name before, or is made now."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def age(self, day: date) -> Ints:
        """Full years on a day (`dates.age_on`); UNKNOWN where the birth date is, or lies after it."""
        found: Ints = self.keep(("full years", day), lambda: self._age(day))
        return found

    def _age(self, day: date) -> Ints:
        years = day.year - self.born_year - (self.born_month_day > day.month * 100 + day.day)
        return np.where((self.born > 0) & (self.born <= day.toordinal()), years, UNKNOWN)

    def stage(self, day: date) -> Ints:
        """Which life stage, from 0, on a day; 0 where the birth date is not known."""
        return np.searchsorted(ENDS, self.age(day), side="right")

    def income_share(self, day: date) -> Ints:
        """Per cent of the median, rounded up (`domain.income_share`); UNKNOWN where it is not known."""
        table = next((one for one in self.medians if one.holds(day)), None)
        if table is None:
            return np.full(self.count, UNKNOWN)
        found: Ints = self.keep(("share", table.since, table.until), lambda: self._share(table))
        return found

    def _share(self, table: MedianIncome) -> Ints:
        sizes, inverse = np.unique(self.household_size, return_inverse=True)
        median = np.array([table.of(int(size)) if size >= 1 else 1 for size in sizes])[inverse]
        known = (self.household_size >= 1) & (self.income >= 0)
        return np.where(known, -(-self.income * 100 // median), UNKNOWN)

    def holds_status(self, wanted: Iterable[str], day: int) -> Bools:
        """Who has a certificate of any of these statuses that counts on that day."""
        held, found = self.certificates, np.zeros(self.count, dtype=np.bool_)
        codes = [self.status_names.index(name) for name in wanted if name in self.status_names]
        found[held.rows[held.valid(day) & np.isin(held.statuses, codes)]] = True
        return found

    def variable(self, name: str, on: date) -> Variable:
        """What conditions may name (`domain.variables`), on the day of application."""
        if name in self.plain:
            return self.plain[name]
        found: Variable = self.keep((name, on), lambda: self._dated(name, on))
        return found

    def _dated(self, name: str, on: date) -> Variable:
        if name == "statuses":
            return self._statuses(on.toordinal())
        return _numbers(self.age(on) if name == "age" else self.income_share(on))

    def _statuses(self, day: int) -> Variable:
        """One bit a status and person, in as many words as there are statuses, then one code a pattern."""
        held = self.certificates
        valid = held.valid(day)
        holders, owner = np.unique(held.rows[valid], return_inverse=True)
        bits = np.zeros((len(holders), len(self.status_names) // 62 + 1), dtype=np.int64)
        codes = held.statuses[valid]
        np.bitwise_or.at(bits, (owner.reshape(-1), codes // 62), np.int64(1) << codes % 62)
        patterns, inverse = np.unique(bits, axis=0, return_inverse=True)
        found = np.zeros(self.count, dtype=np.int64)
        found[holders] = inverse.reshape(-1) + 1
        return Variable(found, [[], *map(self._names, patterns.tolist())])

    def _names(self, words: Sequence[int]) -> list[str]:
        return sorted(n for i, n in enumerate(self.status_names) if words[i // 62] >> i % 62 & 1)


def columns_of(people: Sequence[Facts], medians: Sequence[MedianIncome] = ()) -> Columns:
    """The persons in this order as columns, and the tables that their incomes are held against."""
    births = [one.birth_date for one in people]
    papers = [(row, paper) for row, one in enumerate(people) for paper in one.certificates]
    statuses = tuple(dict.fromkeys(paper.status for _, paper in papers))
    status_codes = {name: code for code, name in enumerate(statuses)}
    return Columns(
        count=len(people),
        medians=medians,
        born=_ints(day.toordinal() if day else 0 for day in births),
        born_year=_ints(day.year if day else 0 for day in births),
        born_month_day=_ints(day.month * 100 + day.day if day else 0 for day in births),
        moving_in=_ints(one.moving_in.toordinal() if one.moving_in else 0 for one in people),
        certificates=Certificates(
            _ints(row for row, _ in papers),
            _ints(status_codes[paper.status] for _, paper in papers),
            _ints(paper.seen_on.toordinal() for _, paper in papers),
            _ints(paper.expires_on.toordinal() if paper.expires_on else NEVER for _, paper in papers),
        ),
        status_names=statuses,
        service_years=_ints(min(max(one.service_years, 0), COUNT_MAX) for one in people),
        household_size=_ints(min(max(one.household_size or 0, 0), COUNT_MAX) for one in people),
        income=_ints(
            UNKNOWN if (won := one.income_monthly_won) is None else min(max(won, UNKNOWN), WON_MAX)
            for one in people
        ),
        plain=_plain(people),
    )


def _plain(people: Sequence[Facts]) -> dict[str, Variable]:
    """Those variables that are the same on every day, by name, in the order in which conditions get them."""
    return {
        "district": _coded(one.district for one in people),
        "moves_in": _coded(one.moving_in is not None for one in people),
        "employment": _coded(one.employment for one in people),
        "works_or_studies_in": _lists(tuple(sorted(one.works_or_studies_in)) for one in people),
        "groups": _lists(tuple(sorted(one.groups)) for one in people),
        "skills": _lists(one.skills for one in people),
        "fields": _lists(one.fields for one in people),
        "experience_months": _coded(one.experience_months for one in people),
        "service_years": _coded(one.service_years for one in people),
        "household_size": _coded(one.household_size for one in people),
        "income_monthly_won": _coded(one.income_monthly_won for one in people),
    }


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def _coded(values: Iterable[Hashable]) -> Variable:
    """Each distinct value has a number, in the order of their appearance."""
    numbers: dict[Hashable, int] = {}
    codes = _ints(numbers.setdefault(value, len(numbers)) for value in values)
    return Variable(codes, list(numbers))


def _lists(values: Iterable[tuple[str, ...]]) -> Variable:
    coded = _coded(values)
    return Variable(coded.codes, [list(value) for value in coded.values])


def _numbers(column: Ints) -> Variable:
    values, codes = np.unique(column, return_inverse=True)
    return Variable(codes.reshape(-1), [None if value == UNKNOWN else int(value) for value in values])
