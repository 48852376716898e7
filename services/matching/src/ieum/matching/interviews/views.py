"""What interviews take and show over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from ieum.common.events.matching_interviews import WhyCalledOff, WhyChanged
from ieum.common.postgres import Tx
from ieum.common.web import Body, example
from ieum.matching.interviews import actions
from ieum.matching.interviews.domain import Interview, Slot
from ieum.matching.markets.domain import Opening

_ID = "0193a000-0000-7000-8000-0000000000c1"

Declining = Literal[
    "no-suitable-time", "other-opportunity", "too-far", "conditions", "health", "care", "personal"
]


class Time(Body):
    """A time for one candidate; `place` is an address, or `online`."""

    starts: AwareDatetime
    minutes: int = Field(ge=5, le=480)
    place: Annotated[str, StringConstraints(min_length=1, max_length=200)]

    @property
    def ends(self) -> datetime:
        """When it is over."""
        return self.starts + timedelta(minutes=self.minutes)


class OfferTimes(Body):
    """Times of which each who is invited chooses one."""

    model_config = example(
        {"times": [{"starts": "2030-03-04T10:00:00+09:00", "minutes": 30, "place": "대구 중구 중앙대로 1"}]}
    )

    times: list[Time] = Field(min_length=1, max_length=200)


class Shortlist(Body):
    """Candidates by their numbers at this opening."""

    model_config = example({"candidates": [_ID]})

    candidates: list[UUID] = Field(min_length=1, max_length=200)


class Book(Body):
    """One of the times offered."""

    model_config = example({"slot": _ID})

    slot: UUID


class Decline(Body):
    """Why the person does not come."""

    model_config = example({"reason": "no-suitable-time"})

    reason: Declining


class Change(Body):
    """Why the time cannot be kept."""

    model_config = example({"reason": "interviewer-absent"})

    reason: WhyChanged


class CallOff(Body):
    """Why the person is interviewed no more."""

    model_config = example({"reason": "places-filled"})

    reason: WhyCalledOff


class Score(Body):
    """Points for each criterion of the programme."""

    model_config = example({"points": {"attitude": 4, "skill": 8}})

    points: dict[Annotated[str, StringConstraints(max_length=100)], int] = Field(max_length=20)


class SlotView(BaseModel):
    """A time that is offered; `taken` where somebody has chosen it."""

    id: UUID
    starts: datetime
    ends: datetime
    place: str
    taken: bool


class InterviewView(BaseModel):
    """An interview; the person stands behind `candidate`, their number at this opening alone."""

    id: UUID
    candidate: UUID
    opening: UUID
    state: str
    reason: str | None
    answer_by: datetime | None
    starts: datetime | None
    ends: datetime | None
    place: str | None
    total: int | None = None
    most: int | None = None


class InterviewList(BaseModel):
    """A person's interviews."""

    items: list[InterviewView]


class OpeningInterviews(BaseModel):
    """All interviews of an opening, the shortlist included, and the times offered."""

    opening: UUID
    shortlist_most: int
    interviews: list[InterviewView]
    slots: list[SlotView]


def view(one: Interview, *, points: bool) -> InterviewView:
    """An interview as it stands; `points` are the workplace's to see until the round tells what they did."""
    return InterviewView(
        id=one.id,
        candidate=one.candidate,
        opening=one.opening,
        state=one.state,
        reason=one.reason,
        answer_by=one.answer_by,
        starts=one.starts_at,
        ends=one.ends_at,
        place=one.place,
        total=one.total if points else None,
        most=one.most if points else None,
    )


def slot_view(one: Slot, *, taken: bool) -> SlotView:
    """A time as it is offered."""
    return SlotView(id=one.id, starts=one.starts_at, ends=one.ends_at, place=one.place, taken=taken)


async def of_opening(tx: Tx, opening: Opening) -> OpeningInterviews:
    """All interviews of an opening; raises Refusal 422 `no-interviews`."""
    rules = await actions.rules(tx, opening.programme)
    interviews, slots = await actions.of_opening(tx, opening.id)
    return OpeningInterviews(
        opening=opening.id,
        shortlist_most=rules.per_place * opening.capacity,
        interviews=[view(one, points=True) for one in interviews],
        slots=[slot_view(one, taken=taken) for one, taken in slots],
    )
