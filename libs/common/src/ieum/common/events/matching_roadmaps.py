"""What matching tells of a person's roadmap."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ieum.common.events.intake import LifeStage
from ieum.common.events.model import EventData, PrivateData


class NextProgramme(BaseModel):
    """A programme that opens to the person on a day, if nothing but the days changes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    programme: str
    on: date


class ClosedProgramme(BaseModel):
    """A programme that is closed to the person, and the rules that close it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    programme: str
    rules: list[str]


class RoadmapTold(PrivateData):
    """Record class `profile`: the whole roadmap, as it follows from the profile; ids of programmes."""

    record_class: ClassVar[str] = "profile"
    life_stage: LifeStage
    open: list[str]
    next: list[NextProgramme]
    closed: list[ClosedProgramme]


class RoadmapChanged(EventData):
    """What is open, comes next or is closed to a person is another than was told before. Subject: person."""

    event_type: ClassVar[str] = "kr.ieum.matching.roadmap.changed.v1"
    topic: ClassVar[str] = "matching-roadmaps"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"profile": RoadmapTold}

    person: UUID
