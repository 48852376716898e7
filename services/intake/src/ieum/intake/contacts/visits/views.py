"""What HTTP shows of visits. Texts for the visitor say a number and nothing of what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from ieum.intake.contacts.notes import Opened
from ieum.intake.contacts.views import Label, NoteView, notes_view
from ieum.intake.contacts.visits.domain import Visit, VisitState, Window, WindowState

TICKET = (
    "번호는 {number}번입니다. 화면에 번호가 나오거나 번호를 부를 때까지 기다려 주십시오.",
    "Your number is {number}. Please wait until it is shown or called.",
)
CALLED = ("{number}번 손님, {place}(으)로 오십시오.", "Number {number}, please come to {place}.")
NO_PLACE = ("안내하는 곳", "where you are shown")


class WindowView(BaseModel):
    """A window's part of a visit; `position` is its place among those who wait, in its own agency's list."""

    id: UUID
    visit: UUID
    number: str
    agency: str
    person: UUID | None
    state: WindowState
    position: int | None
    place: str | None
    call: Label | None
    at: datetime
    called_at: datetime | None
    done_at: datetime | None
    version: int
    notes: list[NoteView] | None = None


class QueueView(BaseModel):
    """Who waits at an agency or was called, in the order of the queue."""

    items: list[WindowView]


class VisitView(BaseModel):
    """A visit; its front desk sees all windows, a window itself. `notes`: the story, null until opened."""

    id: UUID
    number: str
    ticket: Label
    day: date
    agency: str
    person: UUID | None
    district: str | None
    state: VisitState
    served: int
    left: int
    taken_at: datetime
    ended_at: datetime | None
    version: int
    windows: list[WindowView]
    notes: list[NoteView] | None


class VisitList(BaseModel):
    """The visits that one's front desk took today."""

    items: list[VisitView]


def ticket(number: str) -> Label:
    """What the visitor is given."""
    ko, en = TICKET
    return Label(ko=ko.format(number=number), en=en.format(number=number))


def called(window: Window) -> Label | None:
    """What is called out or shown on the screen; None while nobody is called."""
    if window.state != "called":
        return None
    (ko, en), (here_ko, here_en) = CALLED, NO_PLACE
    return Label(
        ko=ko.format(number=window.number, place=window.place or here_ko),
        en=en.format(number=window.number, place=window.place or here_en),
    )


def window_view(
    window: Window, position: int | None = None, opened: Sequence[Opened] | None = None
) -> WindowView:
    """A window's part of a visit."""
    names = ("id", "visit", "number", "agency", "person", "state", "place", "at", "called_at", "done_at")
    return WindowView(
        **{name: getattr(window, name) for name in names},
        version=window.version,
        position=position,
        call=called(window),
        notes=notes_view(opened),
    )


def queue_view(windows: Sequence[Window]) -> QueueView:
    """The queue; those who were called have no position any more."""
    waiting = [one.id for one in windows if one.state == "waiting"]
    places = {id_: place for place, id_ in enumerate(waiting, start=1)}
    return QueueView(items=[window_view(one, places.get(one.id)) for one in windows])


def visit_view(visit: Visit, windows: Sequence[Window], opened: Sequence[Opened] | None = None) -> VisitView:
    """A visit with the windows that are in sight."""
    names = ("id", "number", "day", "agency", "person", "district", "state", "served", "left", "taken_at")
    return VisitView(
        **{name: getattr(visit, name) for name in names},
        ended_at=visit.ended_at,
        version=visit.version,
        ticket=ticket(visit.number),
        windows=[window_view(one) for one in windows if one.visit == visit.id],
        notes=notes_view(opened),
    )
