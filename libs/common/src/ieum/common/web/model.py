"""What HTTP accepts: closed, frozen models whose text is checked for numbers that nobody may send.

A resident registration number is refused wherever it is typed (개인정보 보호법 제24조의2); only fields of
the types BusinessNumber and CorporateNumber, which have rules of their own, are left out of the search.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    ValidationInfo,
    field_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import forbidden_in, refusal
from ieum.common.kernel.numbers import business_number, corporate_number
from ieum.common.web.exact import exact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Postgres stores no NUL, and the other control characters hide in logs and CSV files.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL_CHARACTER = PydanticCustomError(
    "forbidden-character",
    "a control character",
    {"ko": "사용할 수 없는 문자가 있습니다.", "en": "The text holds a character that is not allowed."},
)


class TypedNumber:
    """Marks a field whose type says which number it holds."""


_TYPED = TypedNumber()


def _typed(read: Callable[[str], str]) -> AfterValidator:
    """Take what `read` takes, as its plain digits; its Refusal becomes the field's error."""

    def digits(value: str) -> str:
        try:
            return read(value)
        except Refusal as refused:
            raise PydanticCustomError(refused.code, "refused", {"ko": refused.ko, "en": refused.en}) from None

    return AfterValidator(digits)


BusinessNumber = Annotated[str, _typed(business_number), _TYPED]
CorporateNumber = Annotated[str, _typed(corporate_number), _TYPED]


class Body(BaseModel):
    """The base of every request body: unknown fields refused, text stripped, forbidden numbers refused.

    A value is of its JSON type: no `0` for false, no `"7"` for 7, no number of seconds for a day.
    Its errors never print the input. Nested models check themselves, so a typed number in one stays typed.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True, allow_inf_nan=False
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Pydantic's own, read strictly where JSON has a type for it."""
        return exact(handler(source))

    @field_validator("*", mode="after")
    @classmethod
    def text_is_allowed(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse control characters and forbidden numbers in a field and in what it holds."""
        if not isinstance(value, str | dict | list | tuple | set | frozenset):
            return value  # numbers and dates cannot hide text
        texts = (value,) if isinstance(value, str) else _texts(value)
        if any(map(_CONTROL.search, texts)):
            raise _CONTROL_CHARACTER
        if info.field_name not in _typed_fields(cls) and (found := forbidden_in(value)):
            sentences = refusal(found[1])
            raise PydanticCustomError(
                "forbidden-number", "a forbidden number", {"ko": sentences.ko, "en": sentences.en}
            )
        return value


@cache
def _typed_fields(model: type[BaseModel]) -> frozenset[str]:
    """The fields whose type says which number they hold."""
    fields = model.model_fields.items()
    return frozenset(name for name, one in fields if _is_typed(one.annotation, one.metadata))


def example(*bodies: dict[str, Any]) -> ConfigDict:
    """A model's `model_config` with whole bodies as they are sent: in the document, and sent by tests."""
    return ConfigDict(json_schema_extra={"examples": list(bodies)})


def _texts(value: Any) -> Iterator[str]:
    """The text in a field, keys included; models inside look at their own."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _texts(pair)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _texts(item)


def _is_typed(annotation: Any, metadata: Any = ()) -> bool:
    if any(isinstance(item, TypedNumber) for item in metadata):
        return True
    return any(_is_typed(None, getattr(part, "__metadata__", ())) for part in get_args(annotation))
