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

UNTELLING = frozenset({"name", "city", "received_on", "answer_by", "answer_link"})
"""Placeholders that tell a stranger nothing of what a message is about."""

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


class Neutral(BaseModel):
    """The wording for people whose messages others read: no programme, place, result or agency."""

    model_config = ConfigDict(frozen=True)

    ko: Wording
    en: Wording


class Template(BaseModel):
    """A message for one purpose; `quiet_hours`: held back between 21:00 and 08:00.

    Without `neutral` there is no such message for who asked for neutral wording, unless its own words tell
    a stranger nothing.
    """

    model_config = ConfigDict(frozen=True)

    id: Name
    purpose: Name
    audience: Literal["person", "workplace"]
    quiet_hours: bool
    placeholders: tuple[Placeholder, ...]
    ko: Wording
    en: Wording
    neutral: Neutral | None = None

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

    @model_validator(mode="after")
    def _neutral_is_neutral(self) -> Self:
        for wording in (self.neutral.ko, self.neutral.en) if self.neutral else ():
            if not set(_PLACEHOLDER.findall(wording.body)) <= UNTELLING:
                raise ValueError(
                    f"neutral에는 {', '.join(sorted(UNTELLING))}만 쓸 수 있습니다\n"
                    f"expected `neutral` to use nothing but {', '.join(sorted(UNTELLING))}"
                )
            if _BRACE.search(_PLACEHOLDER.sub("", wording.body)):
                raise ValueError(
                    "중괄호는 {이름}에만 쓸 수 있습니다\nexpected braces only around placeholders"
                )
        return self

    @property
    def has_neutral(self) -> bool:
        """Whether it can be said to somebody whose messages others read."""
        return self.neutral is not None or set(self.placeholders) <= UNTELLING

    def render(self, language: Language, values: Mapping[str, str]) -> Rendered:
        """Subject and body with every placeholder replaced, once: a value's own braces stay as they are.

        Raises KeyError when a placeholder has no value, as a message with a hole is worse than none.
        """
        return _filled(self.ko if language == "ko" else self.en, values)

    def render_neutral(self, language: Language, values: Mapping[str, str]) -> Rendered:
        """As `render`, in neutral words; in its own where they tell nothing (see `has_neutral`)."""
        words = self.neutral or self
        return _filled(words.ko if language == "ko" else words.en, values)


def _filled(wording: Wording, values: Mapping[str, str]) -> Rendered:
    body = _PLACEHOLDER.sub(lambda match: values[match[1]], wording.body)
    return Rendered(wording.subject, body)
