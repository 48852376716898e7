"""What HTTP takes about outreach, with an example each."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from ieum.common.events.programme import DistrictCode
from ieum.common.web import Body
from ieum.intake.contacts.bodies import Long, NoteBody, Staff, example
from ieum.intake.contacts.notes import StopNote
from ieum.intake.contacts.outreach.actions import NewStop
from ieum.intake.contacts.outreach.domain import STOPS_MAX, Order

Address = Annotated[str, StringConstraints(min_length=2, max_length=200)]


class StopBody(Body):
    """At a registered person's, or in a district. Address, coordinates (WGS 84) and note are sealed."""

    model_config = example(person="019f38a8-1e87-7e79-9631-e602bf5fbd30", address="달서구 이음로 1")
    person: UUID | None = None
    district: DistrictCode | None = None
    address: Address | None = None
    note: Long | None = None
    latitude: Annotated[float | None, Field(ge=-90, le=90)] = None
    longitude: Annotated[float | None, Field(ge=-180, le=180)] = None


class PlanRoute(Body):
    """A worker's day (KST); `order`: as given, by district, or always on to the nearest that is left."""

    model_config = example(
        worker="park",
        day="2026-11-24",
        order="district",
        stops=[{"person": "019f38a8-1e87-7e79-9631-e602bf5fbd30"}, {"district": "27290"}],
    )
    worker: Staff
    day: date
    order: Order = "given"
    stops: Annotated[list[StopBody], Field(min_length=1, max_length=STOPS_MAX)]


class Reorder(Body):
    """All stops of the route in their new order."""

    model_config = example(stops=["019f38a8-1e87-7e79-9631-e602bf5fbd30"])
    stops: Annotated[list[UUID], Field(min_length=1, max_length=STOPS_MAX)]


class RecordStop(Body):
    """What came of a stop, when the device says; `again_on`: another day for who was not at home."""

    model_config = example(outcome="not-at-home", at="2026-11-24T02:10:00Z", again_on="2026-11-26")
    outcome: Literal["talked", "not-at-home", "refused", "moved"]
    at: AwareDatetime
    note: NoteBody | None = None
    again_on: date | None = None


def new_stop(body: StopBody) -> NewStop:
    """A stop, as the actions take it."""
    private = StopNote(
        note=body.note or "", address=body.address, latitude=body.latitude, longitude=body.longitude
    )
    told = any((body.note, body.address, body.latitude is not None, body.longitude is not None))
    return NewStop(body.person, body.district, private if told else None)
