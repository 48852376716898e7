"""The pieces of a city pack: districts, agencies, wages, emergency numbers, retention; most are dated."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ieum.common.events.programme import DistrictCode, Name, Text

RecordClass = Literal["contact", "profile", "application", "case", "restricted", "reporter"]
RECORD_CLASSES: tuple[RecordClass, ...] = (
    "contact", "profile", "application", "case", "restricted", "reporter"
)  # fmt: skip

HouseholdSize = Annotated[int, Field(ge=1, le=20)]


class Piece(BaseModel):
    """A piece of a city pack: frozen."""

    model_config = ConfigDict(frozen=True)


class Dated(Piece):
    """Something that holds from one day to another, both included; open ends are None."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it holds on that day (Korean time)."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class District(Dated):
    """A district (구·군) by 행정표준코드; `in_city`: part of this city while the code holds.

    `neighbours`: the codes of those it shares a boundary with, as far as the pack knows them.
    """

    code: DistrictCode
    name: Text
    in_city: bool
    neighbours: tuple[DistrictCode, ...] = ()


class Agency(Piece):
    """An agency (참여기관) that takes part; `parent` and `district` where it has one."""

    id: Name
    kind: Name
    name: Text
    parent: Name | None = None
    district: DistrictCode | None = None


class MinimumWage(Dated):
    """The minimum wage in won an hour (최저임금법 10)."""

    hourly_won: int = Field(ge=1)


class MedianIncome(Dated):
    """The standard median income (기준중위소득) in won a month by household size, and who announced it."""

    source: str = Field(min_length=1)
    monthly_won: dict[HouseholdSize, Annotated[int, Field(ge=1)]] = Field(min_length=1)

    def of(self, household_size: int) -> int:
        """Won a month for a household.

        One larger than the table: each further person adds as much as the last one of the table did, as the
        announcement (보건복지부 고시) says for eight and more.
        """
        largest = len(self.monthly_won)
        if household_size <= largest:
            return self.monthly_won[household_size]
        step = self.monthly_won[largest] - self.monthly_won.get(largest - 1, 0)
        return self.monthly_won[largest] + (household_size - largest) * step

    @model_validator(mode="after")
    def _from_one(self) -> Self:
        if sorted(self.monthly_won) != list(range(1, len(self.monthly_won) + 1)):
            raise ValueError("1인 가구부터 빠짐없이 적어야 합니다\nexpected every household size from 1 on")
        return self


class Emergency(Dated):
    """A number to be shown where life may be in danger; `source` says who runs or announced it."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9]+(-[0-9]+)*$")]
    name: Text
    source: str = Field(min_length=1)


class CounsellingField(Piece):
    """A field of counselling (상담 분야); `restricted`: that somebody came for it is told to nobody outside.

    `source` says who announced it; None: ours.
    """

    id: Name
    name: Text
    restricted: bool = False
    source: str | None = None


class Retention(Piece):
    """How long a record class is kept, by which article, and what erasure on request does (PIPA 21, 36)."""

    record_class: RecordClass = Field(alias="class")
    basis: Literal["statute", "public-duty", "consent", "contract", "vital-interest"]
    basis_article: str = Field(min_length=2)
    article: str = Field(min_length=2)
    period: Annotated[str, StringConstraints(pattern=r"^P[1-9][0-9]{0,4}[DMY]$")]
    starts: Literal["last-activity", "application-decided", "case-closed", "report-handled"]
    on_request: Literal["erase", "keep"]
    reason: Text

    def ends(self, started: date) -> date:
        """The day on which the data is destroyed, when its period started on that day.

        A month or year without that day ends on its last day (민법 160 ③).
        """
        count, unit = int(self.period[1:-1]), self.period[-1]
        if unit == "D":
            return started + timedelta(days=count)
        months = started.year * 12 + started.month - 1 + (count if unit == "M" else 12 * count)
        year, month = months // 12, months % 12 + 1
        return date(year, month, min(started.day, monthrange(year, month)[1]))
