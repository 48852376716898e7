"""Why somebody declines a place or leaves it: coded lists, and which of them are good cause. Pure.

Good cause is illness, care for one's family, moving away, and whatever the workplace brought about: it leaves
no cooling off behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, NamedTuple

Declining = Literal[
    "other-job", "too-far", "conditions", "schedule", "personal", "conditions-differ", "health", "care"
]
Ending = Literal[
    "health", "care", "moved", "workplace", "mistreated", "employed", "study", "absent", "personal"
]


class Label(NamedTuple):
    """A reason as it is read, and whether it is good cause."""

    ko: str
    en: str
    good_cause: bool = False


DECLINING: Mapping[Declining, Label] = {
    "other-job": Label("다른 일자리나 기회가 생겼습니다", "I found another job or chance"),
    "too-far": Label("너무 멉니다", "It is too far away"),
    "conditions": Label("조건이 맞지 않습니다", "The conditions do not suit me"),
    "schedule": Label("일정이 맞지 않습니다", "The dates do not suit me"),
    "conditions-differ": Label(
        "안내받은 조건과 실제 조건이 다릅니다", "The conditions are not those announced", good_cause=True
    ),
    "health": Label("건강 문제가 있습니다", "For reasons of health", good_cause=True),
    "care": Label("가족을 돌보아야 합니다", "I have to care for my family", good_cause=True),
    "personal": Label("개인 사정이 있습니다", "For personal reasons"),
}

ENDING: Mapping[Ending, Label] = {
    "health": Label("건강 문제가 있습니다", "For reasons of health", good_cause=True),
    "care": Label("가족을 돌보아야 합니다", "Care for the family", good_cause=True),
    "moved": Label("다른 지역으로 이사합니다", "Moving to another region", good_cause=True),
    "workplace": Label("사업장에 사정이 있습니다", "Circumstances of the workplace", good_cause=True),
    "mistreated": Label("부당한 대우를 받았습니다", "Unfair treatment", good_cause=True),
    "employed": Label("다른 곳에 취업했습니다", "Employed elsewhere", good_cause=True),
    "study": Label("학업을 시작하거나 계속합니다", "Study"),
    "absent": Label("무단으로 결근했습니다", "Absent without leave"),
    "personal": Label("개인 사정이 있습니다", "For personal reasons"),
}

WITHDRAWN = Label("신청을 취소하셨습니다", "You withdrew your application")
"""Why a place ends whose application is withdrawn."""

GIVEN_UP = frozenset({"accepted-elsewhere", "withdrawn", "erased"})
"""Why a proposal ends on the person's behalf: no refusal of theirs."""


def cools_until(reasons: Mapping[str, Label], reason: str | None, *, days: int, today: date) -> date | None:
    """The day from which the programme may be offered again; None where nothing cools off.

    `days`: the programme's `cooling_off_days`. No reason at all is not good cause.
    """
    label = reasons.get(reason or "")
    if days == 0 or reason in GIVEN_UP or (label is not None and label.good_cause):
        return None
    return today + timedelta(days=days)
