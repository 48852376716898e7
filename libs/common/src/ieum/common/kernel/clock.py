"""Time is an argument: everything takes `now` from a Clock, so a week can run in a second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, always aware and in UTC."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)


class ShiftedClock:
    """Another clock, moved by an offset that development may grow but never shrink."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self.offset = timedelta()

    def now(self) -> datetime:
        """The base clock's time plus the offset."""
        return self._base.now() + self.offset

    def advance(self, by: timedelta) -> None:
        """Move on; raises ValueError for a negative step, as timers never run backwards."""
        if by < timedelta():
            raise ValueError("a clock only moves forward")
        self.offset += by


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment a test last set."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on; raises ValueError for a negative step."""
        if by < timedelta():
            raise ValueError("a clock only moves forward")
        self._now += by
