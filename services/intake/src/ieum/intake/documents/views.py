"""How documents are shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel

from ieum.common.events.programme_parts import DocumentType, Text

if TYPE_CHECKING:
    from ieum.intake.documents.actions import Held
    from ieum.intake.documents.domain import Document


class DocumentView(BaseModel):
    """A file; `asked` is what it was asked for as, `name` its own name, shown only when revealed."""

    id: UUID
    asked: str | None
    media: DocumentType
    size_bytes: int
    attached_at: datetime
    name: str | None = None


class AskedView(BaseModel):
    """What the programme asks for, and whether it is there."""

    id: str
    name: Text
    required: bool
    types: tuple[DocumentType, ...]
    there: bool


class DocumentList(BaseModel):
    """What a draft or an application holds."""

    asked: list[AskedView]
    items: list[DocumentView]


def view(document: Document, name: str | None = None) -> DocumentView:
    """One file."""
    return DocumentView(
        name=name,
        **{field: getattr(document, field) for field in DocumentView.model_fields if field != "name"},
    )


def listed(held: Held) -> DocumentList:
    """All that is asked for, and all that is there."""
    there = {one.asked for one in held.documents}
    asked = [AskedView(there=one.id in there, **dict(one)) for one in held.programme.documents]
    items = [view(one, name) for one, name in zip(held.documents, held.names, strict=True)]
    return DocumentList(asked=asked, items=items)
