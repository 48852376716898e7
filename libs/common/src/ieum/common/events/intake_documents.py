"""What intake tells of files attached to applications: never their names, never what is in them."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from ieum.common.events.model import EventData
from ieum.common.events.programme_parts import DocumentType


class DocumentAttached(EventData):
    """A file was attached to an application: what was asked for (`asked`), its type and size; never its name.

    Subject: document. A file of a draft is told when the draft is submitted.
    """

    event_type: ClassVar[str] = "kr.ieum.intake.application.document_attached.v1"
    topic: ClassVar[str] = "intake-applications"

    application: UUID
    person: UUID
    programme: str
    asked: str | None = None
    media: DocumentType
    size_bytes: int


class DocumentRemoved(EventData):
    """A file was taken off an application. Subject: document."""

    event_type: ClassVar[str] = "kr.ieum.intake.application.document_removed.v1"
    topic: ClassVar[str] = "intake-applications"

    application: UUID
    person: UUID
    programme: str
