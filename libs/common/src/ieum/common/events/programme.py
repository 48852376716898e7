"""A programme (사업) as data: who may apply, what is offered, how it is matched, what is sent and counted.

The whole definition travels on `intake-programmes`, so these models are open when read from an event (unknown
fields of a later version are ignored) and closed when read from a file (`programme_file.load_programme`).
Every model is frozen. Points are integers: a ranking that others can compute again knows no floats.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
DistrictCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Weight = Annotated[int, Field(ge=0, le=1000)]
Places = Annotated[int, Field(ge=1, le=100_000)]

REFERRAL_WINDOW_DAYS = 90
"""For so long an open referral holds back a second one, where no programme says otherwise."""

Kind = Literal[
    "placement", "employment", "course", "counselling", "benefit", "space", "group", "trip", "procurement",
    "bundle", "study-visit", "survey", "proposal", "care", "giving",
]  # fmt: skip
LifeStage = Literal["infancy", "child", "youth", "middle-age", "old-age"]
ResidenceKind = Literal["resident", "moving-in", "work-or-study"]
Stated = Literal[
    "capacity", "wage_hourly_won", "hours_per_week", "months", "contract", "district", "field", "skills"
]  # fmt: skip
MessageEvent = Literal[
    "submitted", "ineligible", "proposed", "waiting", "not_matched",
    "accepted", "declined", "expired", "placed",
]  # fmt: skip


class Part(BaseModel):
    """A piece of a programme: frozen."""

    model_config = ConfigDict(frozen=True)


class Text(Part):
    """A sentence in both languages."""

    ko: Sentence
    en: Sentence


class Period(Part):
    """When applications are taken: both days included, Korean time."""

    opens: date
    closes: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes < self.opens:
            raise ValueError("closes는 opens보다 빠를 수 없습니다\nexpected `closes` on or after `opens`")
        return self


class OnDay(Part):
    """A fixed day, e.g. the day of hiring."""

    on: date


class Age(Part):
    """Full years (만 나이) from `minimum` to `maximum`, both included, at a day.

    `service_years_max`: by how many years of military service the upper limit may be lifted; 0: by none.
    """

    minimum: int = Field(ge=0, le=150)
    maximum: int = Field(ge=0, le=150)
    at: Literal["application"] | OnDay
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


class Status(Part):
    """A fact that must hold: the employment, or one of the certified statuses, is one of `any_of`."""

    of: Literal["employment", "status"]
    any_of: tuple[Name, ...] = Field(min_length=1)
    refusal: Text


class Eligibility(Part):
    """Who may apply; every rule given must hold, and each has its sentence for those it turns away."""

    age: Age | None = None
    residence: Residence | None = None
    statuses: tuple[Status, ...] = ()


class Choices(Part):
    """How many openings an applicant ranks, first choice first."""

    min: int = Field(ge=0, le=50)
    max: int = Field(ge=1, le=50)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError("max는 min보다 작을 수 없습니다\nexpected `max` not below `min`")
        return self


class OpeningRules(Part):
    """What an opening must state, and its bounds.

    `minimum_wage`: an hourly wage below that year's minimum is refused (최저임금법 6).
    """

    must_state: tuple[Stated, ...]
    minimum_wage: bool = True
    months_max: int | None = Field(default=None, ge=1, le=120)
    hours_per_week_max: int | None = Field(default=None, ge=1, le=52)


class OnArrival(Part):
    """What an applicant is told at once: the `top` best openings, ranked and explained."""

    top: int = Field(ge=1, le=20)


class Factors(Part):
    """Points a full agreement earns; a partial one earns its share, rounded down.

    `skills`: share of the wanted skills that are there; `district`: same district; `field`: same field of
    work; `experience`: months of it; `wishes`: place in the applicant's ranked choices; `groups`: points by
    priority group.
    """

    skills: Weight = 0
    district: Weight = 0
    field: Weight = 0
    experience: Weight = 0
    wishes: Weight = 0
    groups: dict[Name, Weight] = Field(default_factory=dict)


class Reserve(Part):
    """Places at each opening that go to a group first; what it leaves becomes open to all if `opens`."""

    group: Name
    places: Places
    opens: bool = True


class Quota(Part):
    """The most open places of each opening that members of a group may take."""

    group: Name
    at_most: Places


class Matching(Part):
    """How places are given.

    `rounds`: cleared together and confirmed by a named official; `rolling`: as places come free.
    `ties`: among equal points, members of these groups go first, in this order; then the lottery whose seed
    the round commits to.
    """

    policy: Literal["rounds", "rolling"]
    on_arrival: OnArrival
    factors: Factors
    ties: tuple[Name, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    quotas: tuple[Quota, ...] = ()
    answer_within_days: int = Field(ge=1, le=60)
    waiting_list: bool


class FollowUp(Part):
    """A step after a match: due `days` after the match started or was completed, owed by an agency."""

    id: Name
    name: Text
    after: Literal["started", "completed"]
    days: int = Field(ge=0, le=3650)
    owner: Name


class Indicator(Part):
    """A count of one kind of event, or its share of another in per cent, with its rounding rule said."""

    id: Name
    name: Text
    count: Name
    share_of: Name | None = None
    decimals: int = Field(default=0, ge=0, le=4)
    rounding: Literal["half-up", "down"] = "half-up"


class Programme(Part):
    """A service as data. `version` grows by one with each published change; `year` is the fiscal year.

    `referral_window_days`: for so long an open referral holds back a second one for the same person and need.
    """

    id: Name
    version: int = Field(ge=1)
    name: Text
    kind: Kind
    agency: Name
    life_stages: tuple[LifeStage, ...] = Field(min_length=1)
    year: int = Field(ge=2000, le=2100)
    period: Period
    eligibility: Eligibility
    choices: Choices
    opening: OpeningRules
    matching: Matching
    messages: dict[MessageEvent, Name]
    follow_up: tuple[FollowUp, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    referral_window_days: int = Field(default=REFERRAL_WINDOW_DAYS, ge=1, le=3660)
