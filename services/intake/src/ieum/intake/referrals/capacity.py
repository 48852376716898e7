"""Whether an agency takes referrals of a need now; asked before anybody's identity is in play. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ieum.common.kernel.errors import Refusal

Room = Literal["open", "full", "not-stated"]


@dataclass(frozen=True)
class Capacity:
    """What an agency said of a need, and how many referrals it owes something to. `places` None: no limit."""

    agency: str
    need: str
    accepting: bool
    places: int | None
    taken: int
    stated_at: datetime | None

    @property
    def room(self) -> Room:
        """`not-stated` where the agency said nothing: it is asked by the referral itself."""
        if not self.accepting or (self.places is not None and self.taken >= self.places):
            return "full"
        return "open" if self.stated_at else "not-stated"


def full() -> Refusal:
    """The refusal of a referral to an agency that has no room, with the code it would be returned with."""
    return Refusal(
        "full",
        ko="이 기관은 지금 이 분야의 의뢰를 더 받지 않습니다.",
        en="This agency takes no more referrals of this need now.",
        status=409,
        pointer="/to_agency",
    )
