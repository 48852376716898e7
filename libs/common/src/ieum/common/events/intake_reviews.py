"""What intake tells of the scores that reviewers gave: the sum alone, not who gave which."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from ieum.common.events.model import EventData


class ApplicationReviewed(EventData):
    """All reviewers scored an application; `total` in hundredths of a point, rounded half up.

    `criteria`: the average of each criterion, in hundredths likewise. Subject: application.
    """

    event_type: ClassVar[str] = "kr.ieum.intake.application.reviewed.v1"
    topic: ClassVar[str] = "intake-applications"

    person: UUID
    programme: str
    programme_version: int
    reviewers: int
    total: int
    criteria: dict[str, int]
