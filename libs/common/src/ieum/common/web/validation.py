"""From pydantic's errors to ours: a pointer, a code and a sentence in both languages; never a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ieum.common.web.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import ValidationError

# A field's name may be shown; one with a run of digits could itself be somebody's number.
_NAME = re.compile(r"(?!.*\d{4})[A-Za-z_][A-Za-z0-9_-]{0,39}")
ERRORS_MAX = 50

_SENTENCES: dict[str, tuple[str, Text]] = {
    "missing": ("missing", Text("필수 항목입니다.", "This field is required.")),
    "extra_forbidden": ("unknown-field", Text("알 수 없는 항목입니다.", "This field is not known.")),
    "json_invalid": ("not-json", Text("요청 본문이 올바른 JSON이 아닙니다.", "The body is not valid JSON.")),
    "string_too_short": (
        "too-short",
        Text("{min_length}자 이상이어야 합니다.", "At least {min_length} characters are needed."),
    ),
    "string_too_long": (
        "too-long",
        Text("{max_length}자 이하여야 합니다.", "At most {max_length} characters are allowed."),
    ),
    "too_short": (
        "too-few",
        Text("{min_length}개 이상이어야 합니다.", "At least {min_length} items are needed."),
    ),
    "too_long": (
        "too-many",
        Text("{max_length}개 이하여야 합니다.", "At most {max_length} items are allowed."),
    ),
    "greater_than_equal": ("too-small", Text("{ge} 이상이어야 합니다.", "It must be {ge} or more.")),
    "greater_than": ("too-small", Text("{gt}보다 커야 합니다.", "It must be more than {gt}.")),
    "less_than_equal": ("too-large", Text("{le} 이하여야 합니다.", "It must be {le} or less.")),
    "less_than": ("too-large", Text("{lt}보다 작아야 합니다.", "It must be less than {lt}.")),
    "enum": ("not-allowed", Text("허용된 값이 아닙니다.", "This value is not one of those allowed.")),
    "literal_error": (
        "not-allowed",
        Text("허용된 값이 아닙니다.", "This value is not one of those allowed."),
    ),
    "string_pattern_mismatch": ("wrong-form", Text("형식이 올바르지 않습니다.", "The form is not right.")),
    "value_error": ("not-valid", Text("값이 올바르지 않습니다.", "This value is not valid.")),
}
_SUFFIXES = ("_type", "_parsing", "_attributes_type", "_unicode", "_invalid_characters")
_WRONG_TYPE = ("wrong-type", Text("값의 종류가 올바르지 않습니다.", "This is the wrong kind of value."))


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one field. `pointer` is a JSON Pointer into the body (RFC 6901), None outside it."""

    pointer: str | None
    code: str
    text: Text
    parameter: str | None = None

    def document(self) -> dict[str, str]:
        """The error's entry in a problem document."""
        place = {"pointer": self.pointer, "parameter": self.parameter}
        named = {name: value for name, value in place.items() if value is not None}
        return {**named, "code": self.code, "ko": self.text.ko, "en": self.text.en}


def field_problems(errors: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
    """Pydantic's errors as ours, at most ERRORS_MAX of them."""
    return [_field_problem(error) for error in errors[:ERRORS_MAX]]


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    code, text = _meaning(str(error["type"]), error.get("ctx") or {})
    where, *path = error["loc"]
    if where == "body":
        return FieldProblem("" if code == "not-json" else _pointer(path), code, text)
    return FieldProblem(None, code, text, parameter=_shown(path[0]) if path else None)


def _meaning(kind: str, context: Mapping[str, Any]) -> tuple[str, Text]:
    if "ko" in context and "en" in context:  # raised by our own models, with sentences of our own
        return kind, Text(str(context["ko"]), str(context["en"]))
    if kind in _SENTENCES:
        code, text = _SENTENCES[kind]
        return code, Text(text.ko.format_map(context), text.en.format_map(context))
    return _WRONG_TYPE if kind.endswith(_SUFFIXES) else _SENTENCES["value_error"]


def _pointer(path: Sequence[str | int]) -> str:
    return "".join(f"/{_shown(part)}" for part in path)


def _shown(part: str | int) -> str:
    return str(part) if isinstance(part, int) or _NAME.fullmatch(part) else "*"


def summary(errors: Sequence[FieldProblem]) -> tuple[int, str, Text]:
    """Status, code and sentence for the whole request; a forbidden number names itself."""
    codes = {error.code: error.text for error in errors}
    if "not-json" in codes:
        return 400, "not-json", codes["not-json"]
    if "forbidden-number" in codes:
        return 422, "forbidden-number", codes["forbidden-number"]
    return (
        422,
        "invalid-request",
        Text("요청에 올바르지 않은 항목이 있습니다.", "Some fields of the request are not valid."),
    )


def refused(invalid: ValidationError) -> tuple[int, str, Text, list[FieldProblem]]:
    """What a document of ours says of a body that was validated by itself: status, code, sentence, fields."""
    errors = field_problems([{**error, "loc": ("body", *error["loc"])} for error in invalid.errors()])
    return *summary(errors), errors
