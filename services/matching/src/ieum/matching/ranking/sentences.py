"""Why an opening is suggested, in sentences: the points, and each factor's share in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.matching import Explanation
from ieum.common.kernel.korean import josa
from ieum.matching.ranking.domain import FACTORS, FULL, limits
from ieum.matching.ranking.sameness import same_field, same_skills
from ieum.matching.ranking.words import skill_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from ieum.matching.eligibility.domain import Ineligible
    from ieum.matching.markets.domain import Opening
    from ieum.matching.ranking.domain import Fit, Profile, Rules

KOREAN = {
    "skills": "기술",
    "field": "직무 분야",
    "experience": "경력",
    "district": "지역",
    "travel": "이동 거리",
    "hours": "근무 시간",
    "wishes": "희망 순위",
    "groups": "우선 대상",
}
ENGLISH = {
    "skills": "skills",
    "field": "field of work",
    "experience": "experience",
    "district": "district",
    "travel": "travel",
    "hours": "working times",
    "wishes": "your wishes",
    "groups": "priority group",
}


def turned_away(rules: Sequence[Ineligible]) -> Explanation:
    """The sentence of every rule that turns the applicant away, and after it how far off they are."""
    told = [one for rule in rules for one in (rule, rule.gap) if one is not None]
    return Explanation(ko=[one.ko for one in told], en=[one.en for one in told])


def suggested(
    profile: Profile,
    fits: Sequence[Fit],
    rules: Rules,
    openings: Mapping[UUID, Opening],
    names: Mapping[UUID, str],
) -> Explanation:
    """One sentence of points and one of skills for each suggestion."""
    if not rules.choices_max:
        return Explanation(ko=["신청 자격이 확인되었습니다."], en=["You are eligible."])
    if not fits:
        return Explanation(
            ko=["신청 자격이 확인되었습니다. 지금은 추천해 드릴 자리가 없습니다."],
            en=["You are eligible. There is no opening to suggest at present."],
        )
    ko, en = ["신청 자격이 확인되었습니다."], ["You are eligible."]
    for place, fit in enumerate(fits, start=1):
        opening = openings[fit.opening]
        title_ko, title_en = _titles(opening, names)
        parts_ko, parts_en = _parts(fit, rules)
        ko.append(f"추천 {place}순위는 {title_ko} 자리이며, {FULL}점 만점에 {fit.score}점입니다({parts_ko}).")
        en.append(f"Suggestion {place} is {title_en} with {fit.score} of {FULL} points ({parts_en}).")
        shared = [skill for skill in opening.skills if skill_of(skill) in profile.skills]
        if shared:
            words = ", ".join(shared)
            ko.append(
                f"이 자리가 찾는 기술 {len(opening.skills)}가지 중 {josa(words, '을/를')} 갖추셨습니다."
            )
            en.append(f"Of the {len(opening.skills)} skills it asks for you have: {words}.")
        for told_ko, told_en in (*same_skills(profile, shared), *same_field(profile, opening, rules)):
            ko.append(told_ko)
            en.append(told_en)
    return Explanation(ko=ko, en=en)


def _titles(opening: Opening, names: Mapping[UUID, str]) -> tuple[str, str]:
    name = names.get(opening.organisation)
    if name is None:
        return f"‘{opening.title}’", f"“{opening.title}”"
    return f"{name}의 ‘{opening.title}’", f"“{opening.title}” at {name}"


def _parts(fit: Fit, rules: Rules) -> tuple[str, str]:
    weighed = [
        (name, share, most)
        for name, share, most in zip(FACTORS, fit.shares, limits(rules), strict=True)
        if most
    ]
    ko = ", ".join(f"{KOREAN[name]} {most}점 중 {share}점" for name, share, most in weighed)
    en = ", ".join(f"{ENGLISH[name]} {share} of {most}" for name, share, most in weighed)
    return ko, en
