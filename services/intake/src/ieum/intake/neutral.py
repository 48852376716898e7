"""What a person carries, sees on a screen or hears called says nothing of what it is about. Pure.

People feared to be seen at a welfare window, so a number or a place does not tell where its bearer goes.
"""

from __future__ import annotations

import re

from ieum.common.kernel.errors import Refusal

_TELLING = re.compile(
    "복지|상담|자활|고용|취업|일자리|새일|정신|심리|중독|치료|건강|의원|병원|장애|가정|여성|청소년|청년|아동"
    "|노인|쉼터|보호|지원|센터|기초생활|차상위|수급|채무|부채|파산|법률|위기|자살|폭력|빈곤|저소득|봉사|모금"
    "|welfare|counsel|employ|job|mental|psych|addict|health|clinic|hospital|disab|women|youth|child|elder"
    "|shelter|protect|support|centre|center|debt|bankrupt|legal|crisis|suicide|violen|poor|income|volunteer",
    re.IGNORECASE,
)


def is_telling(text: str) -> bool:
    """Whether a text has a word of what it is about, or of an agency."""
    return bool(_TELLING.search(text))


def check_place(place: str, need: str = "") -> None:
    """A place where somebody is to come names no agency, work or need; raises Refusal `place-telling`."""
    named = bool(need) and need.replace("-", " ") in place.lower().replace("-", " ")
    if named or is_telling(place):
        raise Refusal(
            "place-telling",
            ko="장소에는 기관이나 업무를 알 수 있는 말을 쓸 수 없습니다. 예: 본관 2층 3번 창구",
            en="The place must not say what it is about. Better: main building, floor 2, window 3.",
            pointer="/place",
        )
