"""What the person carries: a number, a place and a time, and no word of what it is about. Pure.

People feared to be seen at a welfare window, so a ticket must not tell whoever sees it where its bearer goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.intake.neutral import check_place

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: it is read out on the phone
_CHARACTERS = 10
WINDOW_MAX = timedelta(hours=12)
AHEAD_MAX = timedelta(days=366)


@dataclass(frozen=True)
class Ticket:
    """A number, and once the receiving agency said so, where to come and between when."""

    number: str
    place: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


def number(referral: UUID, now: datetime) -> str:
    """The day in Korea and ten characters from the id's random bits: nobody guesses another's."""
    letters = (_CROCKFORD[(referral.int >> (5 * place)) & 31] for place in range(_CHARACTERS))
    return f"{korean_date(now):%Y%m%d}-{''.join(letters)}"


def invited(
    number: str, place: str, from_at: datetime, until_at: datetime, now: datetime, need: str
) -> Ticket:
    """The ticket with a place and a time; raises Refusal `place-telling` or `ticket-time`."""
    check_place(place, need)
    span = until_at - from_at
    if not now < until_at <= now + AHEAD_MAX or not timedelta() < span <= WINDOW_MAX:
        raise Refusal(
            "ticket-time",
            ko="방문 시간은 앞으로 1년 안의, 길이가 12시간을 넘지 않는 시간대여야 합니다.",
            en="The time is a span of at most 12 hours, not over and within a year.",
            pointer="/until_at",
        )
    return Ticket(number, place, from_at, until_at)
