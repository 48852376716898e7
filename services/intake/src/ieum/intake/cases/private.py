"""What is sealed of a case. These models travel in no event: they never leave intake."""

from __future__ import annotations

from typing import ClassVar, Literal

from ieum.common.events.model import PrivateData

Topic = Literal["mental-health", "suicide", "violence", "addiction", "health", "crime", "other"]
"""What makes a note restricted: sensitive data (개인정보 보호법 23), or what endangers somebody if known."""


class Told(PrivateData):
    """Record class `case`: what a report says of a person, as far as the reporter knows. Phone in E.164."""

    record_class: ClassVar[str] = "case"
    situation: str
    name: str | None = None
    phone: str | None = None
    address: str | None = None


class Words(PrivateData):
    """Record class `case`: a goal, a decision of a conference, a reason."""

    record_class: ClassVar[str] = "case"
    text: str


class Note(PrivateData):
    """Record class `restricted`: for the staff named in its row alone."""

    record_class: ClassVar[str] = "restricted"
    topic: Topic
    text: str


class Reporter(PrivateData):
    """Record class `reporter`: who told, sealed under a key of the report's own. Phone in E.164."""

    record_class: ClassVar[str] = "reporter"
    name: str | None = None
    phone: str | None = None
    relation: str | None = None
