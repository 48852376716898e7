"""The stops of an outreach worker's day: their order, and what may be said of them from the field. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import cos, hypot, radians
from typing import Literal
from uuid import UUID

from ieum.common.kernel.dates import KST, korean_date
from ieum.common.kernel.errors import Refusal
from ieum.intake.contacts.domain import BACK_MAX, check_time

Order = Literal["given", "district", "nearest"]
StopState = Literal["planned", "done", "dropped"]

TRANSITIONS: Mapping[tuple[StopState, str], StopState] = {
    ("planned", "record"): "done",
    ("planned", "drop"): "dropped",  # the person asked to be forgotten
}
"""Every legal move of a stop."""

STOPS_MAX = 40
AHEAD_MAX = timedelta(days=92)


@dataclass(frozen=True)
class Place:
    """Where a stop is, as far as its order needs it. Degrees (WGS 84)."""

    district: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Route:
    """A worker's day."""

    id: UUID
    agency: str
    worker: str
    day: date
    planned_by: str
    version: int = 1


@dataclass(frozen=True)
class Stop:
    """A stop as stored; `place` is its place in the day's order, from 1.

    `entitles`: who planned it saw all of the person, and does so until the visit.
    """

    id: UUID
    route: UUID
    agency: str
    place: int
    person: UUID | None
    district: str
    state: StopState
    carried_from: UUID | None = None
    entitles: bool = False


def ordered(places: Sequence[Place], order: Order) -> list[int]:
    """The stops (indices into `places`) in the order of the day.

    `district`: by code, as given within each. `nearest`: from the first on always to the nearest that is
    left (nearest neighbour: no shortest route, but one that nobody finds odd), and at last to those without
    coordinates.
    """
    indices = list(range(len(places)))
    if order == "district":
        return sorted(indices, key=lambda index: places[index].district)
    if order == "given":
        return indices
    left = [index for index in indices if _known(places[index])]
    route, unknown = left[:1], [index for index in indices if not _known(places[index])]
    left = left[1:]
    while left:
        here = places[route[-1]]
        following = min(left, key=lambda index: (_distance(here, places[index]), index))
        route.append(following)
        left.remove(following)
    return route + unknown


def check_day(day: date, now: datetime, *, pointer: str = "/day") -> None:
    """A day is planned from today on, for at most a quarter; raises Refusal `route-day`."""
    today = korean_date(now)
    if not today <= day <= today + AHEAD_MAX:
        raise Refusal(
            "route-day",
            ko="방문일은 오늘부터 석 달 안이어야 합니다.",
            en="A day is planned from today on, within three months.",
            pointer=pointer,
        )


def without_ground() -> Refusal:
    """403: nobody is visited, or opened by planning it, whom the agency has no ground to see."""
    return Refusal(
        "stop-without-ground",
        ko="소속 기관이 맡고 있는 분이 아니어서 방문을 계획하실 수 없습니다. 다른 기관의 의뢰를 수락하시거나 "
        "본인의 동의를 받아 주십시오. 위기가 염려되시면 먼저 신고를 접수해 주십시오. 이름 없이 주소나 "
        "구·군만으로는 계획하실 수 있습니다.",
        en="Your agency has no ground to visit this person. Accept a referral, take their consent, or report "
        "a case first if you fear for them. A place without a person may be planned.",
        status=403,
        pointer="/stops",
    )


def check_stops(count: int) -> None:
    """Raises Refusal `stops-many`."""
    if count > STOPS_MAX:
        raise Refusal(
            "stops-many",
            ko=f"하루에 {STOPS_MAX}곳까지 계획할 수 있습니다.",
            en=f"A day has at most {STOPS_MAX} stops.",
            pointer="/stops",
        )


def check_record(stop: Stop, route: Route, at: datetime, now: datetime) -> None:
    """What is said of a stop from the field: once, and of the route's day (KST), handed in within BACK_MAX.

    Raises Refusal 409 `stop-done`, 422 `time-ahead`, `time-back`, `time-other-day`.
    """
    if (stop.state, "record") not in TRANSITIONS:
        raise Refusal(
            "stop-done",
            ko="이미 결과를 기록한 방문지입니다. 고치시려면 접촉 기록을 정정해 주십시오.",
            en="What came of this stop is recorded. To correct it, correct the contact.",
            status=409,
        )
    check_time(at, now, since=now - BACK_MAX)
    start = datetime.combine(route.day, time(), KST)
    if not start <= at < start + timedelta(days=1):
        raise Refusal(
            "time-other-day",
            ko=f"이 방문 계획은 {route.day:%Y-%m-%d}의 것입니다.",
            en=f"This route is of {route.day:%Y-%m-%d}.",
            pointer="/at",
        )


def check_again(again_on: date, outcome: str, route: Route, now: datetime) -> None:
    """Who was not at home is carried over to a later day; raises Refusal `again-on`, `route-day`."""
    if outcome != "not-at-home" or again_on <= route.day:
        raise Refusal(
            "again-on",
            ko="부재중이셨던 때에만, 뒤의 날짜로 넘길 수 있습니다.",
            en="A stop is carried over where nobody was at home, to a later day.",
            pointer="/again_on",
        )
    check_day(again_on, now, pointer="/again_on")


def _known(place: Place) -> bool:
    return place.latitude is not None and place.longitude is not None


def _distance(one: Place, other: Place) -> float:
    """In degrees of latitude, on a plane that is flat as far as a city goes."""
    north = (one.latitude or 0) - (other.latitude or 0)
    east = ((one.longitude or 0) - (other.longitude or 0)) * cos(radians(one.latitude or 0))
    return hypot(north, east)
