"""How a visit goes from window to window: each window's moves, and when the visit has ended. Pure.

Invariant: a visit is open exactly as long as one of its windows is waiting or has called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ieum.common.kernel.errors import Refusal, Stale
from ieum.intake.neutral import check_place

VisitState = Literal["open", "ended"]
WindowState = Literal["waiting", "called", "served", "left"]
Move = Literal["call", "put-back", "serve", "leave"]

TRANSITIONS: Mapping[tuple[WindowState, Move], WindowState] = {
    ("waiting", "call"): "called",
    ("waiting", "leave"): "left",
    ("called", "call"): "called",  # called once more
    ("called", "put-back"): "waiting",  # did not come: to the end of the queue
    ("called", "serve"): "served",
    ("called", "leave"): "left",
}
"""Every legal move of a window; what is not here is refused with `window-transition`."""

OPEN: tuple[WindowState, ...] = ("waiting", "called")
WINDOWS_MAX = 10


@dataclass(frozen=True)
class Visit:
    """A visit as stored: `open`, `served` and `left` count its windows; `agency` is the front desk's."""

    id: UUID
    number: str
    day: date
    agency: str
    person: UUID | None
    district: str | None
    state: VisitState
    open: int
    served: int
    left: int
    taken_by: str
    taken_at: datetime
    ended_at: datetime | None = None
    version: int = 1
    sequence: int = 1


@dataclass(frozen=True)
class Window:
    """An agency's part of a visit; `front` is the front desk's agency, `place` where to come."""

    id: UUID
    visit: UUID
    number: str
    front: str
    agency: str
    person: UUID | None
    state: WindowState
    place: str | None
    at: datetime
    queued_at: datetime
    called_at: datetime | None = None
    done_at: datetime | None = None
    version: int = 1


def number(place: int) -> str:
    """What is called out: the how-manieth visitor of the front desk's day, and nothing else."""
    return f"{place:03}"


def move(window: Window, command: Move, now: datetime, *, version: int, place: str | None = None) -> Window:
    """The window after a move; raises Stale, Refusal 409 `window-transition`, 422 `place-telling`."""
    if version != window.version:
        raise Stale
    to = TRANSITIONS.get((window.state, command))
    if to is None:
        raise Refusal(
            "window-transition",
            ko="창구의 지금 상태에서는 할 수 없는 일입니다.",
            en=f"This cannot be done now: at this window the visitor is {window.state}.",
            status=409,
        )
    if place:
        check_place(place)
    moved = replace(window, state=to, place=place or window.place, version=window.version + 1)
    if command == "call":
        return replace(moved, called_at=now)
    if command == "put-back":
        return replace(moved, queued_at=now)
    return replace(moved, done_at=now)


def after(visit: Visit, window: Window, now: datetime) -> Visit:
    """The visit once one of its windows has moved; it ends with the last."""
    if window.state in OPEN:
        return visit
    served = 1 if window.state == "served" else 0
    moved = replace(
        visit,
        open=visit.open - 1,
        served=visit.served + served,
        left=visit.left + 1 - served,
        version=visit.version + 1,
    )
    return _settled(moved, now)


def handed_on(visit: Visit, agencies: Sequence[str]) -> Visit:
    """The visit with more windows; raises Refusal 409 `visit-ended`, 422 `windows-many`."""
    check_open(visit)
    check_windows(agencies, visit.open + visit.served + visit.left)
    return replace(
        visit,
        open=visit.open + len(agencies),
        version=visit.version + 1,
        sequence=visit.sequence + 1,
    )


def identified(visit: Visit, person: UUID) -> Visit:
    """The visit of somebody who now has a name; raises Refusal 409 `visit-identified`."""
    if visit.person is not None:
        raise Refusal(
            "visit-identified",
            ko="이미 등록된 분의 방문입니다.",
            en="Who this visitor is, is known already.",
            status=409,
        )
    return replace(visit, person=person, version=visit.version + 1, sequence=visit.sequence + 1)


def departed(visit: Visit, windows: Sequence[Window], now: datetime) -> tuple[Visit, list[Window]]:
    """The visit and its open windows once the visitor went home; raises Refusal 409 `visit-ended`."""
    check_open(visit)
    gone = [move(one, "leave", now, version=one.version) for one in windows if one.state in OPEN]
    left = replace(visit, open=visit.open - len(gone), left=visit.left + len(gone), version=visit.version + 1)
    return _settled(left, now), gone


def check_open(visit: Visit) -> None:
    """Raises Refusal 409 `visit-ended`."""
    if visit.state == "ended":
        raise Refusal(
            "visit-ended",
            ko="이미 끝난 방문입니다. 다시 오셨으면 새로 접수해 주십시오.",
            en="This visit has ended. Please take a new one if the visitor came again.",
            status=409,
        )


def check_windows(agencies: Sequence[str], there: int = 0) -> None:
    """Each window once, and not more than WINDOWS_MAX a visit; raises Refusal `windows-many`."""
    if len(set(agencies)) != len(agencies) or len(agencies) + there > WINDOWS_MAX:
        raise Refusal(
            "windows-many",
            ko=f"창구는 한 번씩, 방문마다 모두 {WINDOWS_MAX}곳까지 정할 수 있습니다.",
            en=f"Each window is named once, and a visit has at most {WINDOWS_MAX}.",
            pointer="/agencies",
        )


def _settled(visit: Visit, now: datetime) -> Visit:
    if visit.open:
        return visit
    return replace(visit, state="ended", ended_at=now, sequence=visit.sequence + 1)
