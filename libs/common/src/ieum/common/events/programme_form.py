"""The questions a programme asks of an applicant: a closed part of JSON Schema (2020-12), in both languages.

The part has no patterns and no references, so that no file can make a validator run away or fetch something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from jsonschema import Draft202012Validator, FormatChecker
from pydantic import Field, StringConstraints

from ieum.common.events.programme_parts import Part, Sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.exceptions import ValidationError

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
QuestionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Length = Annotated[int, Field(ge=0, le=4000)]
Count = Annotated[int, Field(ge=0, le=100)]
Number = Annotated[int, Field(ge=-999_999_999, le=999_999_999)]

_FORMATS = FormatChecker(["date"])


class Items(Part):
    """What each entry of an `array` is: text, one of `enum` where it is given."""

    type: Literal["string"]
    enum: tuple[Word, ...] | None = None
    maxLength: Length = 200  # noqa: N815 - JSON Schema's own word, as all of these


class Question(Part):
    """One question; `title` is what is asked in Korean, `title_en` in English."""

    type: Literal["string", "integer", "boolean", "array"]
    title: Sentence
    title_en: Sentence
    description: Sentence | None = None
    description_en: Sentence | None = None
    enum: tuple[Word, ...] | None = None
    format: Literal["date"] | None = None
    minLength: Length | None = None  # noqa: N815
    maxLength: Length | None = None  # noqa: N815
    minimum: Number | None = None
    maximum: Number | None = None
    items: Items | None = None
    minItems: Count | None = None  # noqa: N815
    maxItems: Count | None = None  # noqa: N815
    uniqueItems: bool | None = None  # noqa: N815


class Form(Part):
    """The questions by name; answers to any other are refused."""

    type: Literal["object"] = "object"
    properties: dict[QuestionName, Question] = Field(min_length=1, max_length=50)
    required: tuple[QuestionName, ...] = ()
    additionalProperties: Literal[False] = False  # noqa: N815

    def json_schema(self) -> dict[str, Any]:
        """The form as a JSON Schema."""
        return self.model_dump(mode="json", exclude_none=True)


class AnswerFault(NamedTuple):
    """An answer that the form does not take: its pointer (RFC 6901) within the answers, and why."""

    pointer: str
    ko: str
    en: str


def answer_faults(form: Form, answers: Mapping[str, Any]) -> Iterator[AnswerFault]:
    """What is wrong with the answers, in the order of the questions."""
    validator = Draft202012Validator(form.json_schema(), format_checker=_FORMATS)
    errors = [error for error in validator.iter_errors(dict(answers)) if error.validator in _EXPECTED]
    found = [*_missing(form, answers), *map(_fault, errors), *_unasked(form, answers)]
    places = {name: place for place, name in enumerate(form.properties)}
    yield from sorted(found, key=lambda fault: places.get(fault.pointer.split("/")[1], len(places)))


def _missing(form: Form, answers: Mapping[str, Any]) -> Iterator[AnswerFault]:
    for name in form.required:
        if name not in answers:
            asked = form.properties[name]
            yield AnswerFault(
                f"/{name}", f"‘{asked.title}’ 항목에 답해 주십시오.", f"Please answer “{asked.title_en}”."
            )


def _unasked(form: Form, answers: Mapping[str, Any]) -> Iterator[AnswerFault]:
    for name in answers:
        if name not in form.properties:
            yield AnswerFault(
                f"/{name}", "이 사업에서 묻지 않는 항목입니다.", "The programme does not ask this."
            )


_EXPECTED: Mapping[str, tuple[str, str]] = {
    "type": ("{types_ko}(으)로 답해 주십시오.", "Please answer with {types_en}."),
    "enum": ("다음 중에서 골라 주십시오: {listed}", "Please choose one of: {listed}"),
    "format": ("날짜를 2026-03-26과 같이 적어 주십시오.", "Please write a date such as 2026-03-26."),
    "minLength": ("{value}자 이상 적어 주십시오.", "Please write at least {value} characters."),
    "maxLength": ("{value}자 이하로 적어 주십시오.", "Please write at most {value} characters."),
    "minimum": ("{value} 이상이어야 합니다.", "It must be at least {value}."),
    "maximum": ("{value} 이하여야 합니다.", "It must be at most {value}."),
    "minItems": ("{value}개 이상 골라 주십시오.", "Please choose at least {value}."),
    "maxItems": ("{value}개까지 고르실 수 있습니다.", "At most {value} may be chosen."),
    "uniqueItems": ("같은 답을 두 번 고르셨습니다.", "The same answer was given twice."),
}
_TYPES = {
    "string": ("글", "text"),
    "integer": ("정수", "a whole number"),
    "boolean": ("예 또는 아니요", "yes or no"),
    "array": ("목록", "a list"),
}


def _fault(error: ValidationError) -> AnswerFault:
    value = error.validator_value
    types = _TYPES.get(str(value), ("", ""))
    listed = ", ".join(map(str, value)) if isinstance(value, list | tuple) else ""
    pointer = "".join(f"/{part}" for part in error.absolute_path)
    ko, en = (
        text.format(value=value, listed=listed, types_ko=types[0], types_en=types[1])
        for text in _EXPECTED[str(error.validator)]
    )
    return AnswerFault(pointer, ko, en)
