"""Who may apply, for many persons at once: each rule of a programme as operations on columns.

Equal to `domain.decide_eligibility` person by person, rule by rule. A condition in CEL is evaluated once for
each combination of the values it names that occurs among the persons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from ieum.common.events.expressions import VARIABLES, holds
from ieum.common.events.programme_parts import day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ieum.common.events.programme import Age, Income, Programme, Residence, Rule, Status
    from ieum.matching.eligibility.columns import Bools, Columns, Ints, Variable

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TABLE_MAX = 4_000_000
"""Combinations for which a table is laid out at once; beyond, those that occur are found by sorting."""


@dataclass(frozen=True)
class Screened:
    """One programme's answer: its rules in the programme's order, and who fulfils each (rules x persons)."""

    rules: tuple[str, ...]
    fulfilled: tuple[Bools, ...]
    count: int

    @property
    def eligible(self) -> Bools:
        """Who fulfils all of them."""
        everybody = np.ones(self.count, dtype=np.bool_)
        for rule in self.fulfilled:
            everybody &= rule
        return everybody

    def failed(self, row: int) -> list[str]:
        """The rules that turn one person away."""
        return [name for name, rule in zip(self.rules, self.fulfilled, strict=True) if not rule[row]]


def screen(programme: Programme, people: Columns, on: date) -> Screened:
    """All persons against one programme; `on` is the day of application, in Korean time."""
    answers = list(_answers(programme, people, on))
    return Screened(tuple(name for name, _ in answers), tuple(rule for _, rule in answers), people.count)


def _answers(programme: Programme, people: Columns, on: date) -> Iterator[tuple[str, Bools]]:
    rules = programme.eligibility
    if rules.age:
        yield "age", _age(rules.age, people, on)
    if rules.residence:
        yield "residence", _residence(rules.residence, people)
    if rules.income:
        yield "income", _income(rules.income, people, on)
    for status in rules.statuses:
        yield status.of, _status(status, people, on)
    for rule in rules.rules:
        yield rule.id, _condition(rule, people, on)


def _age(rule: Age, people: Columns, on: date) -> Bools:
    age = people.age(day_of(rule.at, on))
    lifted = np.clip(people.service_years, 0, rule.service_years_max)
    fulfilled: Bools = (age >= max(rule.minimum, 0)) & (age <= rule.maximum + lifted)
    return fulfilled


def _residence(rule: Residence, people: Columns) -> Bools:
    districts = frozenset(rule.districts)
    found = np.zeros(people.count, dtype=np.bool_)
    if "resident" in rule.accepts:
        found |= people.plain["district"].where(districts.__contains__)
    if "moving-in" in rule.accepts:
        by = (rule.moving_in_by or date.max).toordinal()
        found |= (people.moving_in > 0) & (people.moving_in <= by)
    if "work-or-study" in rule.accepts:
        found |= people.plain["works_or_studies_in"].where(lambda codes: not districts.isdisjoint(codes))
    return found


def _income(rule: Income, people: Columns, on: date) -> Bools:
    share = people.income_share(day_of(rule.at, on))
    fulfilled: Bools = (share >= 0) & (share <= rule.share_percent_max)
    return fulfilled


def _status(rule: Status, people: Columns, on: date) -> Bools:
    if rule.of == "status":
        return people.holds_status(rule.any_of, day_of(rule.at, on).toordinal())
    return people.plain["employment"].where(rule.any_of.__contains__)


def _condition(rule: Rule, people: Columns, on: date) -> Bools:
    """The expression for each combination that occurs; a name in its texts only makes these more."""
    names = sorted(set(_NAME.findall(rule.expression)) & VARIABLES.keys())
    found: Bools = people.keep(
        ("condition", rule.expression, on),
        lambda: _evaluated(rule, people.count, names, [people.variable(n, on) for n in names]),
    )
    return found


def _evaluated(rule: Rule, count: int, names: Sequence[str], variables: Sequence[Variable]) -> Bools:
    rows, inverse = _combinations(count, variables)
    answers = np.zeros(len(rows), dtype=np.bool_)
    for place, row in enumerate(rows.tolist()):
        known = {
            name: value
            for name, variable in zip(names, variables, strict=True)
            if (value := variable.values[variable.codes[row]]) is not None
        }
        answers[place] = holds(rule.expression, known)
    return answers[inverse]


def _combinations(count: int, variables: Sequence[Variable]) -> tuple[Ints, Ints]:
    """A row for each combination of values that occurs, and for each row which of these it is."""
    combined, size = np.zeros(count, dtype=np.int64), 1
    for variable in variables:
        if size * len(variable.values) > _TABLE_MAX:
            _, combined = np.unique(combined, return_inverse=True)
            size = int(combined.max(initial=0)) + 1
        combined = combined.reshape(-1) * len(variable.values) + variable.codes
        size *= len(variable.values)
    if size > _TABLE_MAX:
        _, rows, inverse = np.unique(combined, return_index=True, return_inverse=True)
        return rows, inverse.reshape(-1)
    last = np.full(size, -1, dtype=np.int64)
    last[combined] = np.arange(count)
    present = last >= 0
    return last[present], (np.cumsum(present) - 1)[combined]
