"""Why somebody was assigned or nobody was, in sentences for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.web.texts import Text
from ieum.matching.assignment.domain import KOREAN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.matching.assignment.domain import Factors, Refused, Role, Task

ROLES: Mapping[Role, Text] = {
    "counsellor": Text("상담사", "counsellor"),
    "supervisor": Text("슈퍼바이저", "supervisor"),
    "mentor": Text("멘토", "mentor"),
    "case-worker": Text("통합사례관리사", "case worker"),
}
_LANGUAGES: Mapping[str, Text] = {
    "ko": Text("한국어", "Korean"),
    "en": Text("영어", "English"),
    "vi": Text("베트남어", "Vietnamese"),
    "zh": Text("중국어", "Chinese"),
    "th": Text("태국어", "Thai"),
    "ja": Text("일본어", "Japanese"),
    "ru": Text("러시아어", "Russian"),
    "uz": Text("우즈베크어", "Uzbek"),
    "km": Text("크메르어", "Khmer"),
    "mn": Text("몽골어", "Mongolian"),
    "ne": Text("네팔어", "Nepali"),
    "tl": Text("타갈로그어", "Tagalog"),
    "ksl": Text("한국수어", "Korean Sign Language"),
}
"""By ISO 639 code; others are called by their code."""


def refused(role: Role, task: Task, field: Text | None, why: Refused) -> Text:
    """Why nobody was assigned. `field`: the task's, as people call it."""
    who, tongue = ROLES[role], _language(task.language)
    if why.code == "no-worker":
        return Text(f"등록된 {who.ko}가 없습니다.", f"No {who.en} is registered.")
    if why.code == "no-expertise":
        name = field or Text(task.field or "", task.field or "")
        return Text(
            f"‘{name.ko}’ 분야를 맡을 수 있는 {who.ko}가 없습니다.",
            f"No {who.en} takes the field “{name.en}”.",
        )
    if why.code == "no-language":
        return Text(
            f"이 일을 맡을 수 있는 {who.ko} 가운데 {tongue.ko}를 하는 사람이 없습니다.",
            f"Of those who could do this, nobody speaks {tongue.en}.",
        )
    suitable = _suitable(who, task)
    if why.code == "no-capacity":
        return Text(
            f"{suitable.ko} {why.suitable}명이 모두 정원까지 맡고 있습니다.",
            f"No {suitable.en} has free capacity: all {why.suitable} are full.",
        )
    return Text(
        f"{suitable.ko} {why.suitable}명의 남은 자리가 이번 계산에서 다른 분들께 모두 배정되었습니다.",
        f"The free places of every {suitable.en} ({why.suitable}) went to others this time.",
    )


def _suitable(who: Text, task: Task) -> Text:
    if task.language == KOREAN:
        return Text(f"이 일을 맡을 수 있는 {who.ko}", f"{who.en} who can do this")
    tongue = _language(task.language)
    return Text(
        f"이 일을 맡을 수 있고 {tongue.ko}를 하는 {who.ko}",
        f"{who.en} who can do this and speaks {tongue.en}",
    )


def assigned(found: Factors, *, task: Task, load: int, capacity: int) -> Text:
    """Why this worker fits, and how much they have with it."""
    said = [*_expertise(found, task), *_language_fits(task), *_place(found, task), *_before(found, task)]
    said.append(
        Text(f"정원 {capacity}명 가운데 {load}명을 맡게 됩니다", f"will have {load} of at most {capacity}")
    )
    return Text(". ".join(one.ko for one in said) + ".", "; ".join(one.en for one in said) + ".")


def _expertise(found: Factors, task: Task) -> list[Text]:
    if task.field is None:
        return []
    by_level = {
        0: Text("이 분야의 전문가입니다", "a specialist of this field"),
        50: Text("이 분야의 경험이 있습니다", "experienced in this field"),
        100: Text("이 분야를 맡을 수 있습니다", "able to take this field"),
    }
    return [by_level[found.expertise]]


def _language_fits(task: Task) -> list[Text]:
    if task.language == KOREAN:
        return []
    tongue = _language(task.language)
    return [Text(f"{tongue.ko}를 합니다", f"speaks {tongue.en}")]


def _place(found: Factors, task: Task) -> list[Text]:
    if task.district is None:
        return []
    by_factor = {
        0: Text("담당 지역입니다", "in a district of theirs"),
        50: Text("같은 시·도의 다른 지역입니다", "in another district of the same province"),
        100: Text("다른 시·도입니다", "in another province"),
    }
    return [by_factor[found.distance]]


def _before(found: Factors, task: Task) -> list[Text]:
    if not task.before:
        return []
    if found.continuity:
        return [Text("전에 맡았던 사람은 아닙니다", "not whom the person had before")]
    return [Text("전에도 이 분을 맡았습니다", "had this person before")]


def _language(code: str) -> Text:
    return _LANGUAGES.get(code) or Text(f"‘{code}’ 언어", f"the language “{code}”")
