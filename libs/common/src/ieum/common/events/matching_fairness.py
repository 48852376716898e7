"""How a confirmed round treated groups of applicants, in numbers that tell of nobody."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ieum.common.events.model import EventData

Dimension = Literal["all", "district", "age", "group"]


class Interval(BaseModel):
    """A number with the bounds of its 95 % interval."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    value: int
    low: int
    high: int


class Indicators(BaseModel):
    """Some of a round's applicants; None where the numbers are too small to be told.

    `matched` and `first_choice`: who was placed, and at the first choice, in thousandths of the applicants.
    `mean_rank`: of the choices obtained, in hundredths, the first choice being 100.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    applicants: int | None = None
    matched: Interval | None = None
    first_choice: Interval | None = None
    mean_rank: Interval | None = None


class GroupIndicators(Indicators):
    """One group of a round's applicants.

    `name`: a district code, an age band such as `19-24`, a priority group, `all`, or `unknown` for whoever
    was erased since.
    """

    dimension: Dimension


class SexIndicators(Indicators):
    """`name`: `female`, `male`, or `unknown` for whoever did not say, or was erased since."""

    dimension: Literal["sex"] = "sex"


class RoundFairness(EventData):
    """Indicators of a confirmed round by group. Subject: an id derived from the round's.

    `by_sex` is empty where nobody said theirs.
    """

    event_type: ClassVar[str] = "kr.ieum.matching.round.fairness.v1"
    topic: ClassVar[str] = "matching-rounds"

    round: UUID
    programme: str
    groups: list[GroupIndicators]
    by_sex: list[SexIndicators] = []
