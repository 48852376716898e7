"""A programme (사업) as data: who may apply, what is offered, how it is matched, what is sent and counted.

The whole definition travels on `intake-programmes`, so these models are open when read from an event (unknown
fields of a later version are ignored) and closed when read from a file (`programme_file.load_programme`).
Every model is frozen. Points are integers: a ranking that others can compute again knows no floats.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from ieum.common.events.programme_eligibility import (
    Age,
    Eligibility,
    Income,
    Residence,
    ResidenceKind,
    Rule,
    Status,
)
from ieum.common.events.programme_form import Form, QuestionName
from ieum.common.events.programme_parts import (
    DOCUMENT_TYPES,
    DistrictCode,
    DocumentType,
    Name,
    OnDay,
    Part,
    Places,
    Sentence,
    Text,
    Weight,
)

__all__ = [
    "Age", "AskedDocument", "Choices", "Criterion", "DistrictCode", "Eligibility", "Factors", "FollowUp",
    "Form", "Income", "Indicator", "Interviews", "Kind", "LifeStage", "Matching", "MessageEvent", "Name",
    "OnArrival", "OnDay", "OpeningKind", "OpeningRules", "Part", "Period", "Places", "Programme", "Quota",
    "Reserve", "Residence", "ResidenceKind", "Review", "Rule", "Sentence", "Stated", "Status", "Text",
    "Weight",
]  # fmt: skip

REFERRAL_WINDOW_DAYS = 90
"""For so long an open referral holds back a second one, where no programme says otherwise."""

Kind = Literal[
    "placement", "employment", "course", "counselling", "benefit", "space", "group", "trip", "procurement",
    "bundle", "study-visit", "survey", "proposal", "care", "giving",
]  # fmt: skip
LifeStage = Literal["infancy", "child", "youth", "middle-age", "old-age"]
OpeningKind = Literal["position", "seat", "slot", "session", "offer"]
Stated = Literal[
    "capacity", "wage_hourly_won", "hours_per_week", "months", "contract", "district", "field", "skills",
    "working_times",
]  # fmt: skip
MessageEvent = Literal[
    "submitted", "ineligible", "proposed", "waiting", "not_matched",
    "accepted", "declined", "expired", "placed",
    "started", "report_due", "completed", "ended_early",
    "interview_invited", "interview_booked", "interview_due", "interview_changed", "interview_called_off",
]  # fmt: skip


class Period(Part):
    """When applications are taken: both days included, Korean time."""

    opens: date
    closes: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes < self.opens:
            raise ValueError("closes는 opens보다 빠를 수 없습니다\nexpected `closes` on or after `opens`")
        return self


class Choices(Part):
    """How many openings an applicant ranks, first choice first; both 0: the programme has no openings."""

    min: int = Field(ge=0, le=50)
    max: int = Field(ge=0, le=50)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError("max는 min보다 작을 수 없습니다\nexpected `max` not below `min`")
        return self


class OpeningRules(Part):
    """What an opening is and must state, and its bounds.

    `kind`: a position at work, a seat in a course, a slot of somebody's time, a session in a room, or an
    offer of goods or services. `minimum_wage`: an hourly wage of a position below that year's minimum is
    refused (최저임금법 6).
    """

    kind: OpeningKind = "position"
    must_state: tuple[Stated, ...] = ()
    minimum_wage: bool = True
    months_max: int | None = Field(default=None, ge=1, le=120)
    hours_per_week_max: int | None = Field(default=None, ge=1, le=52)


class OnArrival(Part):
    """What an applicant is told at once: the `top` best openings, ranked and explained."""

    top: int = Field(ge=1, le=20)


class Factors(Part):
    """Points a full agreement earns; a partial one earns its share, rounded down.

    `skills`: share of the wanted skills that are there; `district`: same district; `field`: same field of
    work; `experience`: months of it; `travel`: same district in full, a neighbouring one half; `hours`: share
    of the required working times that the applicant can do; `wishes`: place in the applicant's ranked
    choices; `groups`: points by priority group.
    """

    skills: Weight = 0
    district: Weight = 0
    field: Weight = 0
    experience: Weight = 0
    travel: Weight = 0
    hours: Weight = 0
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


class Criterion(Part):
    """What reviewers judge, from 0 to so many points; in the total they count `weight` times."""

    id: Name
    name: Text
    points: int = Field(ge=1, le=1000)
    weight: int = Field(default=1, ge=1, le=100)


class Interviews(Part):
    """Workplaces interview those who chose them before a round; and how much it counts there.

    `per_place`: at most so many are invited for each place. `answer_within_hours`: to choose a time.
    `weight`: per cent of a candidate's priority that the interview makes, the rest are the points; without
    an interview it makes nothing. `required`: who was not interviewed cannot get the place. `no_show`: who
    did not come cannot get it either, or has an interview of no points.
    """

    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=20)
    per_place: int = Field(default=3, ge=1, le=100)
    answer_within_hours: int = Field(default=72, ge=1, le=720)
    weight: int = Field(default=100, ge=1, le=100)
    required: bool = False
    no_show: Literal["excluded", "zero"] = "excluded"


class Matching(Part):
    """How places are given.

    `rounds`: cleared together and confirmed by a named official; `rolling`: as places come free.
    `ties`: among equal points, members of these groups go first, in this order; then the lottery whose seed
    the round commits to. `cooling_off_days`: for so long who declined or left without good cause is not
    offered the programme again. `exclusive`: nobody holds its place and that of another such programme on
    the same day. `pass_on_after_start`: a place that somebody leaves after the start goes to who follows.
    `reveal_within_minutes`: how long whoever contributes to the lottery has to reveal. `interviews`: left
    out where there are none.
    """

    policy: Literal["rounds", "rolling"] = "rolling"
    on_arrival: OnArrival = OnArrival(top=3)
    factors: Factors = Factors()
    ties: tuple[Name, ...] = ()
    reserves: tuple[Reserve, ...] = ()
    quotas: tuple[Quota, ...] = ()
    answer_within_days: int = Field(ge=1, le=60)
    waiting_list: bool
    cooling_off_days: int = Field(default=0, ge=0, le=3650)
    exclusive: bool = True
    pass_on_after_start: bool = False
    reveal_within_minutes: int = Field(default=60, ge=1, le=10_080)
    interviews: Interviews | None = None


class FollowUp(Part):
    """A step owed by an agency, due `days` after something: `after` says what.

    `submitted`: the application; `started`, `completed`: the match; else the id of another step.
    """

    id: Name
    name: Text
    after: Name
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


class AskedDocument(Part):
    """A file that applicants attach, of these types; a draft without a required one is not submitted."""

    id: Name
    name: Text
    required: bool = False
    types: tuple[DocumentType, ...] = Field(default=DOCUMENT_TYPES, min_length=1)


class Review(Part):
    """How many reviewers score each application, by which criteria, and what comes of it.

    `combine`: the mean of the reviewers' totals, or (`trimmed-mean`) without the highest and the lowest.
    `ties`: the criteria by which equal totals are told apart, in order. `hides`: the questions whose answers
    reviewers do not see, as they tell who somebody is. `shown`: applicants see their own result.
    """

    reviewers: int = Field(ge=1, le=20)
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=20)
    combine: Literal["mean", "trimmed-mean"] = "mean"
    ties: tuple[Name, ...] = ()
    hides: tuple[QuestionName, ...] = ()
    shown: bool = False


NO_OPENINGS = Matching(answer_within_days=14, waiting_list=False)
"""Where an application chooses no opening nothing is matched: whoever may apply is told so at once."""


class Programme(Part):
    """A service as data. `version` grows by one with each published change; `year` is the fiscal year.

    `opening` and `matching` are left out where nothing is chosen (`choices: {min: 0, max: 0}`).
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
    form: Form | None = None
    choices: Choices
    opening: OpeningRules = OpeningRules()
    matching: Matching = NO_OPENINGS
    documents: tuple[AskedDocument, ...] = Field(default=(), max_length=20)
    review: Review | None = None
    messages: dict[MessageEvent, Name]
    follow_up: tuple[FollowUp, ...] = ()
    indicators: tuple[Indicator, ...] = ()
    referral_window_days: int = Field(default=REFERRAL_WINDOW_DAYS, ge=1, le=3660)
