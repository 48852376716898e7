"""What is kept of an access: enough to tell the person, not who it was by name. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.model import AccessRecorded

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event


@dataclass(frozen=True)
class Access:
    """One opening of a person's sealed data."""

    event: UUID
    person: UUID
    service: str
    actor_kind: str
    agency: str | None
    record_classes: list[str]
    purpose: str
    reason: str | None
    at: datetime
    urgent: bool = False
    masked: bool = False


def accesses(events: Iterable[Event]) -> list[Access]:
    """The openings for somebody's eyes in a batch; machines' work is told by count and of nobody alone."""
    return [
        Access(
            event=event.id,
            person=data.person,
            service=event.topic.removesuffix("-access"),
            actor_kind=data.actor_kind,
            agency=data.agency,
            record_classes=data.record_classes,
            purpose=data.purpose,
            reason=data.reason,
            at=event.time,
            urgent=data.urgent,
            masked=data.masked,
        )
        for event in events
        if isinstance(data := event.data, AccessRecorded) and data.person
    ]
