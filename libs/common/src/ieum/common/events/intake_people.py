"""What intake tells of a person after they registered."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.intake import LifeStage, PersonContact, PersonProfile
from ieum.common.events.model import EventData, PrivateData


class PersonChanged(EventData):
    """What is known of a person was corrected or completed: the whole of it anew, as it holds from now on.

    `changed` names the fields, never a value. Subject: person.
    """

    event_type: ClassVar[str] = "kr.ieum.intake.person.changed.v1"
    topic: ClassVar[str] = "intake-people"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {
        "contact": PersonContact,
        "profile": PersonProfile,
    }

    district: str
    life_stage: LifeStage
    language: Literal["ko", "en"] = "ko"
    agency: str
    basis: str
    changed: list[str] = []


class PersonMerged(EventData):
    """Staff found that this person is the same as `into`, under which all is found from now on.

    Facts under the old id stay true; its `person.changed` carries what is known of the other. Subject: the
    person who was merged.
    """

    event_type: ClassVar[str] = "kr.ieum.intake.person.merged.v1"
    topic: ClassVar[str] = "intake-people"

    into: UUID
    agency: str


class PersonUnmerged(EventData):
    """The merging into `was` is undone: two people after all. Subject: the person who had been merged."""

    event_type: ClassVar[str] = "kr.ieum.intake.person.unmerged.v1"
    topic: ClassVar[str] = "intake-people"

    was: UUID
    agency: str
