"""When a failed attempt is made again: a policy that is told the time instead of asking for it."""

from __future__ import annotations

from dataclasses import dataclass
from math import log


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Delays grow by a factor up to a maximum, until a deadline counted from the first failure.

    The last attempt falls on the deadline itself. There is no jitter, so that a run can be repeated exactly.
    """

    first_delay_seconds: float = 0.2
    factor: float = 2.0
    delay_seconds_max: float = 10.0
    give_up_after_seconds: float = 60.0

    def __post_init__(self) -> None:
        if not 0 < self.first_delay_seconds <= self.delay_seconds_max:
            raise ValueError("0 < first_delay_seconds <= delay_seconds_max")
        if self.factor < 1 or self.give_up_after_seconds < 0:
            raise ValueError("factor >= 1, give_up_after_seconds >= 0")

    def next_delay(self, attempt: int, since_first_seconds: float) -> float | None:
        """Seconds to wait after the failed attempt number `attempt` (from 1), or None to give up."""
        if attempt < 1:
            raise ValueError("attempts count from 1")
        left = self.give_up_after_seconds - since_first_seconds
        return min(self._delay(attempt), left) if left > 0 else None

    def _delay(self, attempt: int) -> float:
        # Compared as logarithms: the power itself overflows after a thousand attempts.
        ratio = log(self.delay_seconds_max / self.first_delay_seconds)
        if (attempt - 1) * log(self.factor) >= ratio:
            return self.delay_seconds_max if self.factor > 1 else self.first_delay_seconds
        return self.first_delay_seconds * self.factor ** (attempt - 1)
