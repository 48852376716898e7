"""What the pieces of a programme are made of: names, sentences in both languages, days."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
DistrictCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Weight = Annotated[int, Field(ge=0, le=1000)]
Places = Annotated[int, Field(ge=1, le=100_000)]


DocumentType = Literal["pdf", "jpeg", "png", "hwpx", "hwp", "docx", "xlsx"]
DOCUMENT_TYPES: tuple[DocumentType, ...] = ("pdf", "jpeg", "png", "hwpx", "hwp", "docx", "xlsx")


class Part(BaseModel):
    """A piece of a programme: frozen."""

    model_config = ConfigDict(frozen=True)


class Text(Part):
    """A sentence in both languages."""

    ko: Sentence
    en: Sentence


class OnDay(Part):
    """A fixed day, e.g. the day of hiring."""

    on: date


Day = Literal["application"] | OnDay
"""The day that counts: that of the application, in Korean time, or a fixed one."""


def day_of(at: Day, applied_on: date) -> date:
    """The day that counts for whoever applied on that day."""
    return at.on if isinstance(at, OnDay) else applied_on
