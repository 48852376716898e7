"""Conditions in CEL: which variables they may name, and how they are checked and evaluated.

CEL is not Turing-complete: a condition always ends. Variables are whole numbers and text, no floats, so that
anybody computes the same answer.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIST = cel.Type.List(cel.Type.STRING)

VARIABLES: Mapping[str, tuple[Any, str]] = {
    "age": (cel.Type.INT, "full years (만 나이) on the day of application"),
    "district": (cel.Type.STRING, "five-digit code of where the person lives"),
    "moves_in": (cel.Type.BOOL, "whether a day of moving in is known"),
    "works_or_studies_in": (_LIST, "codes of the districts where the person works or studies"),
    "employment": (cel.Type.STRING, "unemployed, employed, self-employed or student"),
    "statuses": (_LIST, "certified statuses: seen, and not expired on the day of application"),
    "groups": (_LIST, "groups the person says they belong to"),
    "skills": (_LIST, "skills as the person wrote them"),
    "fields": (_LIST, "fields of work as the person wrote them"),
    "experience_months": (cel.Type.INT, "months of experience"),
    "service_years": (cel.Type.INT, "full years of military service"),
    "household_size": (cel.Type.INT, "persons in the household, the applicant included"),
    "income_monthly_won": (cel.Type.INT, "the household's income a month, in won"),
    "income_share": (cel.Type.INT, "that income in per cent of the standard median income, rounded up"),
}
"""Name → type and meaning. Programme files rely on them: names may be added, none may change."""

_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): ([^\n]*)")


class ExpressionError(ValueError):
    """An expression that does not compile, or gives no truth value; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


@cache
def _environment() -> Any:
    return cel.NewEnv(variables={name: type_ for name, (type_, _) in VARIABLES.items()})


@cache  # as many as programme files have conditions
def compiled(expression: str) -> Any:
    """The checked expression; raises ExpressionError."""
    try:
        checked = _environment().compile(expression)
    except RuntimeError as error:
        found = _PLACE.search(str(error))
        if found is None:
            raise ExpressionError(str(error)) from None
        raise ExpressionError(found[3], int(found[1]), int(found[2])) from None
    if checked.return_type() != cel.Type.BOOL:
        raise ExpressionError(f"it gives {checked.return_type().name()}, not true or false")
    return checked


def holds(expression: str, known: Mapping[str, Any]) -> bool:
    """Whether the condition is true of what is known, by variable; unknown facts are left out of `known`.

    A condition that hangs on an unknown fact, or divides by zero, is not true. Raises ExpressionError.
    """
    return compiled(expression).eval(data=dict(known)).value() is True
