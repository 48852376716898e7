"""Who may apply: the rules of a programme file, each with its sentence for those it turns away."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ieum.common.events.programme_parts import Day, DistrictCode, Name, Part, Text

ResidenceKind = Literal["resident", "moving-in", "work-or-study"]


class Age(Part):
    """Full years (만 나이) from `minimum` to `maximum`, both included, at a day.

    `service_years_max`: by how many years of military service the upper limit may be lifted; 0: by none.
    """

    minimum: int = Field(ge=0, le=150)
    maximum: int = Field(ge=0, le=150)
    at: Day
    service_years_max: int = Field(default=0, ge=0, le=10)
    refusal: Text

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.maximum < self.minimum:
            raise ValueError("maximum은 minimum보다 작을 수 없습니다\nexpected `maximum` not below `minimum`")
        return self


class Residence(Part):
    """Where one must live, or be about to live, work or study: any one of `accepts` in any of `districts`.

    `moving_in_by`: the last day on which whoever is moving in must have moved, e.g. the day of hiring.
    """

    accepts: tuple[ResidenceKind, ...] = Field(min_length=1)
    districts: tuple[DistrictCode, ...] = Field(min_length=1)
    moving_in_by: date | None = None
    refusal: Text


class Income(Part):
    """The household's income a month is at most this share of the standard median income (기준중위소득).

    `share_percent_max`: of the median of the household's size, by the table that holds on the day that counts
    (국민기초생활 보장법 6조의2).
    """

    share_percent_max: int = Field(ge=1, le=1000)
    at: Day = "application"
    refusal: Text


class Status(Part):
    """A fact that must hold: the employment, or one of the certified statuses, is one of `any_of`.

    A status counts if its certificate was seen, and has not expired, on the day that counts.
    """

    of: Literal["employment", "status"]
    any_of: tuple[Name, ...] = Field(min_length=1)
    at: Day = "application"
    refusal: Text


class Rule(Part):
    """A condition in CEL (Common Expression Language) that must be true; `expressions` lists its variables.

    A condition on a fact that nobody knows is not fulfilled.
    """

    id: Name
    expression: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    refusal: Text


class Eligibility(Part):
    """Who may apply; every rule given must hold, and each has its sentence for those it turns away."""

    age: Age | None = None
    residence: Residence | None = None
    income: Income | None = None
    statuses: tuple[Status, ...] = ()
    rules: tuple[Rule, ...] = ()
