"""What HTTP takes about visits, with an example each."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from ieum.common.events.programme import DistrictCode, Name
from ieum.common.web import Body
from ieum.intake.contacts.bodies import Long, NoteBody, example
from ieum.intake.contacts.visits.domain import WINDOWS_MAX

Agencies = Annotated[list[Name], Field(min_length=1, max_length=WINDOWS_MAX)]
Place = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class TakeVisit(Body):
    """A visit taken once: by whom (nobody named: somebody without a name yet), for which windows.

    `story` is what was told, sealed, for these windows; `district` of somebody without a name.
    """

    model_config = example(
        person="019f38a8-1e87-7e79-9631-e602bf5fbd30",
        agencies=["jung-gu-hope", "daegu-youth-centre"],
        story="일을 그만둔 뒤 월세가 밀려 오셨습니다.",
    )
    agencies: Agencies
    person: UUID | None = None
    district: DistrictCode | None = None
    story: Long | None = None


class HandOn(Body):
    """To which windows the visit goes on."""

    model_config = example(agencies=["jung-gu-hope"])
    agencies: Agencies


class Identify(Body):
    """Who came without a name."""

    model_config = example(person="019f38a8-1e87-7e79-9631-e602bf5fbd30")
    person: UUID


class Call(Body):
    """Where to come; it must not say what it is about."""

    model_config = example(place="2층 3번 창구")
    place: Place | None = None


class Serve(Body):
    """What was noted (sealed), and to which windows the visitor goes on from here."""

    model_config = example(note={"text": "훈련 상담을 마쳤습니다."}, hand_on=["daegu-youth-centre"])
    note: NoteBody | None = None
    hand_on: Annotated[list[Name], Field(max_length=WINDOWS_MAX)] = []
