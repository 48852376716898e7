"""Why interviews are declined, moved or called off, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.web.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.common.events.matching_interviews import WhyCalledOff, WhyChanged, WhyDeclined

DECLINING: Mapping[WhyDeclined, Text] = {
    "no-suitable-time": Text("맞는 시간이 없습니다", "None of the times suits me"),
    "other-opportunity": Text("다른 일자리나 기회가 생겼습니다", "I have another job or opportunity"),
    "too-far": Text("너무 멉니다", "It is too far"),
    "conditions": Text("조건이 맞지 않습니다", "The conditions do not suit me"),
    "health": Text("건강 문제가 있습니다", "For my health"),
    "care": Text("가족을 돌보아야 합니다", "I have to care for my family"),
    "personal": Text("개인 사정이 있습니다", "For personal reasons"),
}
"""What a person chooses from."""
ENDED: Mapping[WhyDeclined, Text] = {
    "withdrawn": Text("신청이 취소되었습니다", "The application was withdrawn"),
    "expired": Text("시간을 정할 기한이 지났습니다", "The time to choose has passed"),
}
CHANGING: Mapping[WhyChanged, Text] = {
    "interviewer-absent": Text("면접관 사정", "The interviewer cannot come"),
    "place-closed": Text("면접 장소 사정", "The place is closed"),
    "candidate-asked": Text("지원자의 요청", "The candidate asked for it"),
    "emergency": Text("재난·사고 등 긴급한 사정", "An emergency"),
}
CALLING_OFF: Mapping[WhyCalledOff, Text] = {
    "places-filled": Text("자리가 모두 찼습니다", "All places are filled"),
    "opening-withdrawn": Text("모집을 중단하였습니다", "The opening was withdrawn"),
    "other": Text("그 밖의 사정", "For another reason"),
}
WORDS: Mapping[str, Text] = {
    code: words for some in (DECLINING, ENDED, CHANGING, CALLING_OFF) for code, words in some.items()
}
