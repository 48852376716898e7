"""What a sample holds: workplaces with openings, people with choices, and what must come of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

SYNTHETIC = "합성자료"
"""The remark on every row: nobody may take it for a real person."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """A young-led workplace (청년사업장) and its one opening, `code` being stable, e.g. Y22-001.

    district: five-digit code; wage in won an hour; field: Korean name of an NCS field; capacity in places.
    """

    code: str
    name: str
    title: str
    district: str
    field: str
    capacity: int
    wage_hourly_won: int
    hours_per_week: int
    months: int
    contract: str
    skills: tuple[str, ...]
    email: str


@dataclass(frozen=True, slots=True)
class Person:
    """An applicant; `ineligible` are the rules that must turn them away, by how they were made.

    agency: who takes the application; choices: codes of openings, best liked first; moving_in: planned day.
    """

    ref: str
    name: str
    birth_date: date
    phone: str
    email: str
    district: str
    moving_in: date | None
    employment: Literal["unemployed", "employed", "self-employed", "student"]
    skills: tuple[str, ...]
    fields: tuple[str, ...]
    experience_months: int
    choices: tuple[str, ...]
    agency: str
    channel: Literal["http", "csv"]
    ineligible: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that an import must turn away: file, 1-based line (the header is line 1), column and why."""

    file: str
    line: int
    column: str
    why: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A year's market. `files` holds each agency's CSV as text, and `bad_rows` its deliberately bad rows."""

    seed: int
    year: int
    workplaces: tuple[Workplace, ...]
    people: tuple[Person, ...]
    files: dict[str, str]
    bad_rows: tuple[BadRow, ...]

    @property
    def by_http(self) -> tuple[Person, ...]:
        """Those whose application is sent over HTTP."""
        return tuple(person for person in self.people if person.channel == "http")

    @property
    def by_csv(self) -> tuple[Person, ...]:
        """Those whose application comes in an agency's file."""
        return tuple(person for person in self.people if person.channel == "csv")

    @property
    def eligible(self) -> int:
        """How many people no rule may turn away."""
        return sum(not person.ineligible for person in self.people)

    @property
    def places(self) -> int:
        """How many places the openings have together."""
        return sum(workplace.capacity for workplace in self.workplaces)
