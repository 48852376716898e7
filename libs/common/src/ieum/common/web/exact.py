"""JSON's types taken at their word: an integer is never text, a day never a number.

Pydantic's strict mode would refuse days and UUIDs written as text too, as FastAPI hands over parsed JSON; its
lax mode takes 0 for false and for 1 January 1970.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic_core import CoreSchema, PydanticCustomError, core_schema

if TYPE_CHECKING:
    from collections.abc import Callable

S = TypeVar("S")

_STRICT = frozenset({"int", "float", "bool"})
_FORMS = {
    "date": re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII),
    "datetime": re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\S+", re.ASCII),
    "time": re.compile(r"\d{2}:\d{2}\S*", re.ASCII),
}
_EXACT = 2**53
_WRONG = PydanticCustomError(
    "wrong-type",
    "the wrong kind of value",
    {"ko": "값의 종류가 올바르지 않습니다.", "en": "This is the wrong kind of value."},
)


def exact(schema: CoreSchema) -> CoreSchema:
    """The same schema, whose numbers and truth values are strict and whose days and times are text."""
    return cast("CoreSchema", _exact(schema))


def _exact(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(_exact(item) for item in part)
    if not isinstance(part, dict):
        return part
    made = {name: _exact(value) if name not in _OPAQUE else value for name, value in part.items()}
    kind = str(made.get("type"))  # where it is a field of that name it is none of these
    if kind in _STRICT:
        strict = cast("CoreSchema", made | {"strict": True})
        return core_schema.no_info_before_validator_function(_whole, strict) if kind == "int" else strict
    if kind in _FORMS:
        return core_schema.no_info_before_validator_function(_written(_FORMS[kind]), cast("CoreSchema", made))
    return made


# What holds values or Python objects rather than schemas.
_OPAQUE = frozenset({"metadata", "default", "expected", "cls", "config", "serialization", "ref", "function"})


def _whole(value: Any) -> Any:
    """To JSON Schema `1.0` is an integer; above 2**53 a float no longer says which."""
    return int(value) if isinstance(value, float) and abs(value) < _EXACT and value.is_integer() else value


def _written(form: re.Pattern[str]) -> Callable[[Any], Any]:
    def written(value: Any) -> Any:
        if isinstance(value, int | float) or (isinstance(value, str) and not form.fullmatch(value.strip())):
            raise _WRONG
        return value

    return written
