"""A message template: two languages, neutral subjects, and placeholders so strict that none stays empty."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from ieum.common.events.programme import Name

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([a-z][a-z_]*)\}")
_BRACE = re.compile(r"[{}]")

Language = Literal["ko", "en"]
Placeholder = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]*$")]


class Rendered(NamedTuple):
    """A message ready to be sent."""

    subject: str
    body: str


class Wording(BaseModel):
    """Subject (one line) and body in one language."""

    model_config = ConfigDict(frozen=True)

    subject: str = Field(min_length=1, max_length=100, pattern=r"^[^\r\n{}]+$")
    body: str = Field(min_length=1, max_length=10_000)


class Template(BaseModel):
    """A message for one purpose; `quiet_hours`: held back between 21:00 and 08:00."""

    model_config = ConfigDict(frozen=True)

    id: Name
    purpose: Name
    audience: Literal["person", "workplace"]
    quiet_hours: bool
    placeholders: tuple[Placeholder, ...]
    ko: Wording
    en: Wording

    @model_validator(mode="after")
    def _placeholders_agree(self) -> Self:
        for wording in (self.ko, self.en):
            if set(_PLACEHOLDER.findall(wording.body)) != set(self.placeholders):
                raise ValueError(
                    "placeholders와 본문에 쓰인 자리표시자가 같아야 합니다\n"
                    "expected the body to use exactly the `placeholders` listed"
                )
            if _BRACE.search(_PLACEHOLDER.sub("", wording.body)):
                raise ValueError(
                    "중괄호는 {이름}에만 쓸 수 있습니다\nexpected braces only around placeholders"
                )
        return self

    def render(self, language: Language, values: Mapping[str, str]) -> Rendered:
        """Subject and body with every placeholder replaced, once: a value's own braces stay as they are.

        Raises KeyError when a placeholder has no value, as a message with a hole is worse than none.
        """
        wording = self.ko if language == "ko" else self.en
        body = _PLACEHOLDER.sub(lambda match: values[match[1]], wording.body)
        return Rendered(wording.subject, body)
