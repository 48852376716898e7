"""Which partitions wait before their failing record is tried again; pure, given the moment."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ieum.common.kernel.retry import RetryPolicy


@dataclass(slots=True)
class Delay:
    """A record that fails: since when, how often, and when it is tried again."""

    offset: int
    since: datetime
    attempts: int
    until: datetime


class Delays:
    """The delays of one consumer by partition."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._delays: dict[Hashable, Delay] = {}

    def failed(self, partition: Hashable, offset: int, now: datetime) -> Delay | None:
        """Note a failure; the delay until the next attempt, or None when it is time to give up."""
        delay = self._delays.get(partition)
        if delay is None or delay.offset != offset:
            delay = Delay(offset, now, 0, now)
        delay.attempts += 1
        wait = self._policy.next_delay(delay.attempts, (now - delay.since).total_seconds())
        if wait is None:
            self._delays.pop(partition, None)
            return None
        delay.until = now + timedelta(seconds=wait)
        self._delays[partition] = delay
        return delay

    def due(self, now: datetime) -> list[Hashable]:
        """The partitions whose waiting is over."""
        return [partition for partition, delay in self._delays.items() if delay.until <= now]

    def holds_back(self, partition: Hashable, offset: int) -> bool:
        """Whether a record before this offset of the partition is yet to be tried again."""
        delay = self._delays.get(partition)
        return delay is not None and delay.offset < offset

    def passed(self, partition: Hashable, next_offset: int) -> None:
        """Forget the delay once its record is applied or parked."""
        delay = self._delays.get(partition)
        if delay is not None and next_offset > delay.offset:
            del self._delays[partition]

    def keep_only(self, partitions: set[Hashable]) -> None:
        """Forget the partitions that are somebody else's now."""
        self._delays = {p: delay for p, delay in self._delays.items() if p in partitions}
