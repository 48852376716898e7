"""Which steps follow something, by whom they are owed, and until when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.common.events.programme import FollowUp


@dataclass(frozen=True, slots=True)
class Due:
    """A step that follows; `due_on` is the last day (Korean) on which it is in time."""

    step: str
    owner: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a match as stored; `overdue_at`: when it was told that it is late."""

    id: UUID
    match: UUID
    person: UUID
    programme: str
    step: str
    owner: str
    due_on: date
    done_on: date | None
    overdue_at: datetime | None


def following(steps: Sequence[FollowUp], after: str, day: date) -> list[Due]:
    """The steps that follow what happened on a day: `started`, `completed`, or another step's id."""
    return [Due(one.id, one.owner, day + timedelta(days=one.days)) for one in steps if one.after == after]
