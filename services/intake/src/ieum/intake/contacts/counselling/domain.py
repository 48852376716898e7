"""How a counselling session goes: planned, moved, held or missed, or cancelled. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from ieum.common.events.intake_contacts import SessionState
from ieum.common.kernel.errors import Refusal, Stale
from ieum.intake.contacts.domain import AHEAD_MAX, check_time

Move = Literal["schedule", "finish", "cancel"]

TRANSITIONS: Mapping[tuple[SessionState, Move], SessionState] = {
    ("planned", "schedule"): "planned",
    ("planned", "finish"): "done",
    ("planned", "cancel"): "cancelled",
}
"""Every legal move; what is not here is refused with `session-transition`. What was done is corrected as a
contact, under its own version."""

LENGTH_MAX = timedelta(hours=8)
AHEAD_PLANNED_MAX = timedelta(days=366)


@dataclass(frozen=True)
class Session:
    """A session as stored; `started_at` and `ended_at` are the real times, None of one that was missed."""

    id: UUID
    person: UUID
    agency: str
    field: str
    counsellor: str
    planned_at: datetime
    planned_until: datetime
    state: SessionState
    started_at: datetime | None = None
    ended_at: datetime | None = None
    application: UUID | None = None
    opening: UUID | None = None
    case_id: UUID | None = None
    follows: UUID | None = None
    version: int = 1
    sequence: int = 1


@dataclass(frozen=True)
class Times:
    """From when until when."""

    start: datetime
    end: datetime


def check_planned(times: Times, now: datetime) -> None:
    """An appointment lies ahead and within a year, for at most LENGTH_MAX; raises Refusal `session-times`."""
    if not now - AHEAD_MAX <= times.start <= now + AHEAD_PLANNED_MAX:
        raise _times("/planned_at")
    if not timedelta() < times.end - times.start <= LENGTH_MAX:
        raise _times("/planned_until")


def move(session: Session, command: Move, *, version: int) -> Session:
    """The session after a move; raises Stale, Refusal 409 `session-transition`."""
    if version != session.version:
        raise Stale
    to = TRANSITIONS.get((session.state, command))
    if to is None:
        raise Refusal(
            "session-transition",
            ko="이미 끝났거나 취소된 상담입니다.",
            en=f"This session is {session.state}.",
            status=409,
        )
    return replace(session, state=to, version=session.version + 1, sequence=session.sequence + 1)


def scheduled(
    session: Session, times: Times, counsellor: str | None, now: datetime, *, version: int
) -> Session:
    """The session at other times, or with another counsellor; raises as `move` and `check_planned`."""
    moved = move(session, "schedule", version=version)
    check_planned(times, now)
    return replace(
        moved, planned_at=times.start, planned_until=times.end, counsellor=counsellor or session.counsellor
    )


def finished(session: Session, real: Times | None, now: datetime, *, version: int, missed: bool) -> Session:
    """The session once it took place at its `real` times, or was `missed`, without any.

    Raises as `move`; Refusal 422 `session-real-times`, `time-ahead`, `time-back`, 409 `session-ahead`.
    """
    moved = move(session, "finish", version=version)
    if missed != (real is None) or (real and not timedelta() <= real.end - real.start <= LENGTH_MAX):
        raise Refusal(
            "session-real-times",
            ko="상담하신 때에는 시작과 끝을 적고, 오지 않으신 때에는 적지 않습니다.",
            en="A session that took place has a start and an end; one that was missed has neither.",
            pointer="/started_at",
        )
    if real:
        check_time(real.end, now, pointer="/ended_at")
        check_time(real.start, now, pointer="/started_at")
        return replace(moved, started_at=real.start, ended_at=real.end)
    if now < session.planned_at:
        raise Refusal(
            "session-ahead",
            ko="아직 상담 시각이 되지 않았습니다.",
            en="Nobody misses a session before its time.",
            status=409,
        )
    return moved


def _times(pointer: str) -> Refusal:
    return Refusal(
        "session-times",
        ko="상담 시각은 앞으로 1년 안이어야 하고, 길이는 8시간을 넘을 수 없습니다.",
        en="A session lies ahead, within a year, and lasts at most 8 hours.",
        pointer=pointer,
    )
