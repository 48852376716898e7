"""A person's contacts and counselling sessions as they may see them, and what was noted of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from pydantic import BaseModel

from ieum.intake.contacts import actions as contacts

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

M = TypeVar("M", bound=BaseModel)


class ContactData(BaseModel):
    """A visit to a window, a call, an outreach visit or a counselling session that took place."""

    id: UUID
    kind: str
    agency: str
    at: datetime
    outcome: str
    field: str | None


class CounsellingData(BaseModel):
    """A session as it was agreed, and when it really was."""

    id: UUID
    agency: str
    field: str
    planned_at: datetime
    planned_until: datetime
    state: str
    started_at: datetime | None
    ended_at: datetime | None


class ContactNoteData(BaseModel):
    """What was noted; `about` is the id of the contact, the visit or the stop."""

    about: UUID
    written_at: datetime
    note: str | None
    address: str | None


class EncounterData(BaseModel):
    """All that is held of a person's contacts."""

    contacts: list[ContactData]
    counselling: list[CounsellingData]
    notes: list[ContactNoteData]


async def encounters_of(tx: Tx, ids: Sequence[UUID], reason: str) -> list[EncounterData]:
    """The contacts of one person under all these ids, in one piece; empty where there are none."""
    held = await contacts.of(tx, ids, reason=reason)
    if not (held.contacts or held.sessions or held.notes):
        return []
    return [
        EncounterData(
            contacts=[_plain(ContactData, one) for one in held.contacts],
            counselling=[_plain(CounsellingData, one) for one in held.sessions],
            notes=[_plain(ContactNoteData, one) for one in held.notes],
        )
    ]


def _plain(model: type[M], one: object) -> M:
    return model(**{name: getattr(one, name) for name in model.model_fields})
