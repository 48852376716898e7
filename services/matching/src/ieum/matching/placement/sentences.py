"""What a person is told with a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.matching import Explanation
from ieum.common.kernel.dates import KST

if TYPE_CHECKING:
    from datetime import datetime

    from ieum.matching.markets.domain import Opening


def proposed(opening: Opening, name: str | None, rank: int, answer_by: datetime) -> Explanation:
    """Which choice it is, and until when it can be answered."""
    here = answer_by.astimezone(KST)
    of_ko = f"{name}의 " if name else ""
    of_en = f" at {name}" if name else ""
    return Explanation(
        ko=[
            f"{rank}지망으로 신청하신 {of_ko}‘{opening.title}’ 자리를 제안드립니다.",
            f"{here:%Y년 %-m월 %-d일 %H시 %M분}까지 수락 여부를 알려 주시기 바랍니다.",
            "기한까지 답변이 없으면 다음 순번의 신청자에게 제안됩니다.",
        ],
        en=[
            f"We offer you “{opening.title}”{of_en}, your choice no. {rank}.",
            f"Please answer by {here:%Y-%m-%d %H:%M} Korean time.",
            "If you do not, the place is offered to the next in line.",
        ],
    )
