"""Many persons as arrays: one column a fact, one row a person, so that a rule is a few operations on numbers.

Days are proleptic ordinals (`date.toordinal`), 0 where none is known; districts are their codes as numbers, -1
where none is known. Texts are numbered by a vocabulary of the columns' own. Whatever a condition may name is
a `Variable`: a number for each row, and what each number stands for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

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


@dataclass(frozen=True)
class Variable:
    """A fact that conditions name: `codes` by row, and the value that each code stands for (None: unknown)."""

    codes: Ints
    values: Sequence[Any]


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
    born: Ints
    born_year: Ints
    born_month_day: Ints
    district: Ints
    moving_in: Ints
    places: tuple[Ints, Ints]
    employment: Variable
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
        found: Ints = self.keep(("age", day), lambda: self._age(day))
        return found

    def _age(self, day: date) -> Ints:
        years = day.year - self.born_year - (self.born_month_day > day.month * 100 + day.day)
        return np.where((self.born > 0) & (self.born <= day.toordinal()), years, UNKNOWN)

    def income_share(self, day: date, medians: Sequence[MedianIncome]) -> Ints:
        """Per cent of the median, rounded up (`domain.income_share`); UNKNOWN where it is not known."""
        table = next((one for one in medians if one.holds(day)), None)
        if table is None:
            return np.full(self.count, UNKNOWN)
        found: Ints = self.keep(("share", id(table)), lambda: self._share(table))
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

    def works_or_studies(self, districts: Sequence[int]) -> Bools:
        """Who works or studies in any of these districts."""
        rows, codes = self.places
        found = np.zeros(self.count, dtype=np.bool_)
        found[rows[np.isin(codes, districts)]] = True
        return found

    def variable(self, name: str, on: date, medians: Sequence[MedianIncome]) -> Variable:
        """What conditions may name (`domain.variables`), on the day of application."""
        found: Variable = self.keep((name, on), lambda: self._variable(name, on, medians))
        return found

    def _variable(self, name: str, on: date, medians: Sequence[MedianIncome]) -> Variable:
        match name:
            case "age":
                return _numbers(self.age(on))
            case "income_share":
                return _numbers(self.income_share(on, medians))
            case "statuses":
                return self._statuses(on.toordinal())
            case "moves_in":
                return Variable((self.moving_in > 0).astype(np.int64), (False, True))
            case "employment":
                return self.employment
            case _:
                return self.plain[name]

    def _statuses(self, day: int) -> Variable:
        """One bit a status and person, in as many words as there are statuses, then one code a pattern."""
        held = self.certificates
        bits = np.zeros((self.count, len(self.status_names) // 62 + 1), dtype=np.int64)
        valid = held.valid(day)
        rows, codes = held.rows[valid], held.statuses[valid]
        np.bitwise_or.at(bits, (rows, codes // 62), np.int64(1) << codes % 62)
        patterns, inverse = np.unique(bits, axis=0, return_inverse=True) if len(rows) else (bits[:1], None)
        names = sorted(enumerate(self.status_names), key=lambda pair: pair[1])
        values = [
            [name for code, name in names if int(pattern[code // 62]) >> code % 62 & 1]
            for pattern in patterns
        ]
        codes_of = np.zeros(self.count, dtype=np.int64) if inverse is None else inverse.reshape(-1)
        return Variable(codes_of, values)


def columns_of(people: Sequence[Facts]) -> Columns:
    """The persons in this order as columns."""
    births = [one.birth_date for one in people]
    papers = [(row, paper) for row, one in enumerate(people) for paper in one.certificates]
    statuses = tuple(dict.fromkeys(paper.status for _, paper in papers))
    status_codes = {name: code for code, name in enumerate(statuses)}
    places = [(row, int(code)) for row, one in enumerate(people) for code in one.works_or_studies_in]
    return Columns(
        count=len(people),
        born=_ints(day.toordinal() if day else 0 for day in births),
        born_year=_ints(day.year if day else 0 for day in births),
        born_month_day=_ints(day.month * 100 + day.day if day else 0 for day in births),
        district=_ints(int(one.district) if one.district else UNKNOWN for one in people),
        moving_in=_ints(one.moving_in.toordinal() if one.moving_in else 0 for one in people),
        places=(_ints(row for row, _ in places), _ints(code for _, code in places)),
        employment=_coded(one.employment for one in people),
        certificates=Certificates(
            _ints(row for row, _ in papers),
            _ints(status_codes[paper.status] for _, paper in papers),
            _ints(paper.seen_on.toordinal() for _, paper in papers),
            _ints(paper.expires_on.toordinal() if paper.expires_on else NEVER for _, paper in papers),
        ),
        status_names=statuses,
        service_years=_ints(one.service_years for one in people),
        household_size=_ints(UNKNOWN if one.household_size is None else one.household_size for one in people),
        income=_ints(
            UNKNOWN if one.income_monthly_won is None else min(one.income_monthly_won, WON_MAX)
            for one in people
        ),
        plain=_plain(people),
    )


def _plain(people: Sequence[Facts]) -> dict[str, Variable]:
    """Those variables that are the same on every day, by name, in the order in which conditions get them."""
    return {
        "district": _coded(one.district for one in people),
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
    return np.fromiter(chain(values), dtype=np.int64)


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
