"""Rows of an agency's file to what they stand for: a person who applies, a person, an organisation. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ieum.common.events.intake import Answer, PersonContact, PersonProfile, Role
from ieum.common.events.programme import Programme
from ieum.common.events.programme_form import Form, Question
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.korean import normalise
from ieum.common.kernel.numbers import business_number
from ieum.common.kernel.phones import to_e164
from ieum.common.service.city import City
from ieum.intake.imports.mapping import Kind
from ieum.intake.imports.reading import (
    Cells,
    district,
    listed,
    listed_fields,
    one_of,
    working_times,
    yes_or_no,
)
from ieum.intake.people import domain as people
from ieum.intake.people.domain import NewPerson

CHOICES = ("희망1", "희망2", "희망3", "희망4", "희망5")
PERSON_REQUIRED = ("이름", "생년월일", "전화", "구군", "취업상태")
PERSON_COLUMNS = (
    "이름", "생년월일", "전화", "이메일", "구군", "이사예정", "취업상태", "기술", "희망분야",
    "가능시간",
)  # fmt: skip
NOTE = "비고"
REQUIRED = (*PERSON_REQUIRED, CHOICES[0])
COLUMNS = (*PERSON_COLUMNS, *CHOICES, NOTE)
ORGANISATION_REQUIRED = ("기관명", "역할", "구군")
ORGANISATION_COLUMNS = (*ORGANISATION_REQUIRED, "이메일", "사업자등록번호")
NAME_CHARACTERS_MAX = 200

Employment = Literal["unemployed", "employed", "self-employed", "student"]
_EMPLOYMENT: dict[str, Employment] = {
    "미취업": "unemployed",
    "취업": "employed",
    "자영업": "self-employed",
    "학생": "student",
}
_ROLES: dict[str, Role] = {
    "참여기관": "agency",
    "사업장": "workplace",
    "공급기관": "supplier",
    "수요기관": "buyer",
    "기부자": "donor",
    "협약기관": "partner",
}


@dataclass(frozen=True)
class ApplicationRow:
    """A good row: the person, the codes of the openings wanted with their columns, the answers."""

    line: int
    person: NewPerson
    choices: Sequence[tuple[str, str]]
    answers: Mapping[str, Answer]
    cells: Cells


@dataclass(frozen=True)
class OrganisationRow:
    """A good row: an organisation that is not registered yet, or is."""

    line: int
    name: str
    roles: Sequence[Role]
    district: str
    email: str | None
    business_number: str | None


def columns_of(kind: Kind, programme: Programme | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns that a file of this kind may have, and those it must have.

    A programme's questions are columns by their name; without a form there is one for a note.
    """
    if kind == "people":
        return PERSON_COLUMNS, PERSON_REQUIRED
    if kind == "organisations":
        return ORGANISATION_COLUMNS, ORGANISATION_REQUIRED
    if programme is None or programme.form is None:
        return COLUMNS, REQUIRED if programme is None or programme.choices.min else PERSON_REQUIRED
    form = programme.form
    required = REQUIRED if programme.choices.min else PERSON_REQUIRED
    return (*PERSON_COLUMNS, *CHOICES, *form.properties), (*required, *form.required)


def titles(programme: Programme | None) -> dict[str, str]:
    """What a programme's questions are called on paper: title to name, where only one is called so."""
    form = programme.form if programme else None
    if form is None:
        return {}
    asked = [normalise(one.title) for one in form.properties.values()]
    return {
        normalise(one.title): name
        for name, one in form.properties.items()
        if asked.count(normalise(one.title)) == 1
    }


def read_person(cells: Cells, city: City, today: date) -> NewPerson | None:
    """The person of a row, as of a day in Korea; None with the problems noted."""
    if not cells.is_whole():
        return None
    name = cells.needed("이름", people.name_of)
    born = cells.needed("생년월일", lambda text: people.birth_date_alone(cells.day(text).isoformat(), today))
    phone = cells.needed("전화", to_e164)
    email = cells.value("이메일", people.email_of)
    code = cells.needed("구군", lambda text: district(text, city, today))
    moving_in = cells.value("이사예정", cells.day)
    employment = cells.needed("취업상태", one_of(_EMPLOYMENT))
    times = cells.value("가능시간", working_times)
    if cells.problems or not (name and born and code and employment):
        return None
    profile = PersonProfile(
        birth_date=born,
        employment=employment,
        moving_in=moving_in,
        skills=listed(cells.text("기술")),
        fields=listed_fields(cells.text("희망분야")),
        working_times=times or [],
    )
    return NewPerson(PersonContact(name=name, phone=phone, email=email), profile, code)


def read_application(cells: Cells, city: City, today: date, form: Form | None) -> ApplicationRow | None:
    """The person of a row and what they want; None with the problems noted."""
    person = read_person(cells, city, today)
    answers = _answers(cells, form) if person else {}
    if person is None or cells.problems:
        return None
    choices = [(column, text) for column in CHOICES if (text := cells.text(column))]
    return ApplicationRow(cells.row.line, person, choices, answers, cells)


def read_organisation(cells: Cells, city: City, today: date) -> OrganisationRow | None:
    """The organisation of a row; None with the problems noted."""
    if not cells.is_whole():
        return None
    name = cells.needed("기관명", _organisation_name)
    roles = cells.needed("역할", lambda text: list(map(one_of(_ROLES), listed(text))))
    code = cells.needed("구군", lambda text: district(text, city, today))
    email = cells.value("이메일", people.email_of)
    number = cells.value("사업자등록번호", business_number)
    if cells.problems or not (name and roles and code):
        return None
    return OrganisationRow(cells.row.line, name, roles, code, email, number)


def _organisation_name(text: str) -> str:
    name = normalise(text)
    if len(name) > NAME_CHARACTERS_MAX:
        raise Refusal(
            "too-long",
            ko=f"{NAME_CHARACTERS_MAX}자 이하여야 합니다.",
            en=f"At most {NAME_CHARACTERS_MAX} characters are allowed.",
        )
    return name


def _answers(cells: Cells, form: Form | None) -> dict[str, Answer]:
    if form is None:
        note = cells.text(NOTE)
        return {NOTE: note} if note else {}
    found: dict[str, Answer] = {}
    for name, question in form.properties.items():
        answer = cells.value(name, _reader(cells, question))
        if answer is not None:
            found[name] = answer
    return found


def _reader(cells: Cells, question: Question) -> Callable[[str], Answer]:
    match question.type:
        case "boolean":
            return yes_or_no
        case "integer":
            return _integer
        case "array":
            return listed
        case _ if question.format == "date":
            return lambda text: cells.day(text).isoformat()
        case _:
            return str


def _integer(text: str) -> int:
    digits = text.replace(",", "").removesuffix(".0")
    try:
        return int(digits)
    except ValueError:
        raise Refusal(
            "number-expected", ko="정수로 적어 주십시오.", en="Please write a whole number."
        ) from None
