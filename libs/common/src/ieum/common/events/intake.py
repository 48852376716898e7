"""What intake tells: people, keys, organisations, programmes, openings, applications."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, ClassVar, Literal, get_args
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ieum.common.events.model import AccessRecorded, EventData, PrivateData

LifeStage = Literal["infancy", "child", "youth", "middle-age", "old-age"]
Channel = Literal["web", "counter", "csv", "agency"]
Role = Literal["agency", "workplace", "supplier", "buyer", "donor", "partner"]


RegistrationChannel = Literal["self", "proxy", "guardian", "paper", "telephone"]
TransitionStage = Literal[
    "exploring", "preparing", "job-seeking", "working", "starting-up", "settling", "returning"
]
ContactChannel = Literal["phone", "text", "email", "letter", "visit"]


Sex = Literal["female", "male"]
WorkingTime = Literal[
    "mon-am", "mon-pm", "mon-eve", "tue-am", "tue-pm", "tue-eve", "wed-am", "wed-pm", "wed-eve",
    "thu-am", "thu-pm", "thu-eve", "fri-am", "fri-pm", "fri-eve", "sat-am", "sat-pm", "sat-eve",
    "sun-am", "sun-pm", "sun-eve",
]  # fmt: skip
"""A morning (before noon), afternoon (noon to six) or evening (after six) of a weekday, Korean time."""
WORKING_TIMES: tuple[WorkingTime, ...] = get_args(WorkingTime)


class Hours(BaseModel):
    """From one time of day to another, Korean time; `end` before `start` lies on the next day."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    start: time
    end: time


class SafeContact(BaseModel):
    """How a person may be reached without danger: whoever writes or calls them keeps to it.

    `never`: phones (E.164) and e-mail addresses that are not used; `not_at`: hours without any contact;
    `neutral`: no word of what it is about, as others read the messages.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    never: list[str] = []
    not_at: list[Hours] = []
    neutral: bool = False


class PersonContact(PrivateData):
    """Record class `contact`: how a person is called and reached. Phone in E.164."""

    record_class: ClassVar[str] = "contact"
    name: str
    phone: str | None = None
    email: str | None = None
    channel: ContactChannel | None = None
    safe_contact: SafeContact | None = None


class Certificate(BaseModel):
    """A paper that shows a status, e.g. near-poor: when staff saw it, and its last day, if it has one."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    status: str
    seen_on: date
    expires_on: date | None = None


class PersonProfile(PrivateData):
    """Record class `profile`: what eligibility and ranking ask about a person.

    `income_monthly_won`: of the household, before tax, in won a month; `service_years`: of military service,
    full years; `works_or_studies_in`: district codes; `working_times`: when they can be at work, empty where
    nothing was said; `sex`: where the person said it, for statistics alone (양성평등기본법 17조): no rule can
    ask for it.
    """

    record_class: ClassVar[str] = "profile"
    birth_date: date
    employment: Literal["unemployed", "employed", "self-employed", "student"] = "unemployed"
    moving_in: date | None = None
    skills: list[str] = []
    fields: list[str] = []
    experience_months: int = 0
    groups: list[str] = []
    household_size: int | None = None
    income_monthly_won: int | None = None
    certificates: list[Certificate] = []
    service_years: int = 0
    works_or_studies_in: list[str] = []
    transition_stage: TransitionStage | None = None
    preferences: list[str] = []
    working_times: list[WorkingTime] = []
    sex: Sex | None = None


class PersonRegistered(EventData):
    """A person told their story for the first time."""

    event_type: ClassVar[str] = "kr.ieum.intake.person.registered.v1"
    topic: ClassVar[str] = "intake-people"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {
        "contact": PersonContact,
        "profile": PersonProfile,
    }

    district: str
    life_stage: LifeStage
    language: Literal["ko", "en"] = "ko"
    agency: str
    basis: str
    channel: RegistrationChannel | None = None


class KeptRecord(BaseModel):
    """A record class that an article keeps until a day (both dates in KST)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    record_class: str
    article: str
    until: date


class PersonErased(EventData):
    """The lasting command to forget these record classes of a person; holders acknowledge it."""

    event_type: ClassVar[str] = "kr.ieum.intake.person.erased.v1"
    topic: ClassVar[str] = "intake-people"

    record_classes: list[str]
    kept: list[KeptRecord] = []


class KeyIssued(EventData):
    """A person's key for one record class, wrapped; the record's key is `kid`. Internal to Ieum."""

    event_type: ClassVar[str] = "kr.ieum.intake.key.issued.v1"
    topic: ClassVar[str] = "intake-keys"

    kid: str
    alg: str
    wrapped: str


class OrganisationRegistered(EventData):
    """A legal body in one or more roles; its name and mailbox are public matters, not a person's."""

    event_type: ClassVar[str] = "kr.ieum.intake.organisation.registered.v1"
    topic: ClassVar[str] = "intake-organisations"

    name: str
    roles: list[Role]
    district: str
    email: str | None = None
    business_number: str | None = None
    corporate_number: str | None = None


class ProgrammePublished(EventData):
    """A programme's whole definition; what was applied for under an older version stays under it."""

    event_type: ClassVar[str] = "kr.ieum.intake.programme.published.v1"
    topic: ClassVar[str] = "intake-programmes"

    programme: str
    version: int
    definition: dict[str, Any]


class OpeningPublished(EventData):
    """Capacity in a programme: a position, seat, slot, session or offer. Wage in won an hour.

    `working_times`: when whoever takes it is needed; empty where it does not matter, or was not said.
    """

    event_type: ClassVar[str] = "kr.ieum.intake.opening.published.v1"
    topic: ClassVar[str] = "intake-openings"

    programme: str
    organisation: UUID
    code: str
    title: str
    capacity: int
    district: str
    field: str
    skills: list[str] = []
    wage_hourly_won: int | None = None
    hours_per_week: int | None = None
    months: int | None = None
    contract: str | None = None
    working_times: list[WorkingTime] = []


Answer = str | bool | int | list[str]
"""An answer to a question of a programme's form."""


class ApplicationDetails(PrivateData):
    """Record class `application`: what the person wrote into the form."""

    record_class: ClassVar[str] = "application"
    answers: dict[str, Answer] = {}


class ApplicationSubmitted(EventData):
    """A person asks for a place in a programme; `choices` are opening ids, the best liked first."""

    event_type: ClassVar[str] = "kr.ieum.intake.application.submitted.v1"
    topic: ClassVar[str] = "intake-applications"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"application": ApplicationDetails}

    person: UUID
    programme: str
    programme_version: int
    choices: list[UUID]
    channel: Channel
    agency: str
    submitted_at: datetime


class ApplicationChanged(EventData):
    """The person chose or wrote anew, before anything was decided: this replaces what was submitted."""

    event_type: ClassVar[str] = "kr.ieum.intake.application.changed.v1"
    topic: ClassVar[str] = "intake-applications"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"application": ApplicationDetails}

    person: UUID
    programme: str
    choices: list[UUID]


class ApplicationWithdrawn(EventData):
    """The person takes the application back."""

    event_type: ClassVar[str] = "kr.ieum.intake.application.withdrawn.v1"
    topic: ClassVar[str] = "intake-applications"

    person: UUID
    programme: str


class IntakeAccessRecorded(AccessRecorded):
    """Sealed data was opened in intake."""

    event_type: ClassVar[str] = "kr.ieum.intake.access.recorded.v1"
    topic: ClassVar[str] = "intake-access"
