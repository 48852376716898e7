"""What counted as the same though it is called otherwise, in sentences: nobody is left to guess why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.classification import classification, fold
from ieum.common.kernel.korean import josa
from ieum.matching.ranking.words import field_of, skill_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ieum.matching.markets.domain import Opening
    from ieum.matching.ranking.domain import Profile, Rules


def same_skills(profile: Profile, shared: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A sentence, ko and en, for each skill of an opening that the person calls by another name."""
    for skill in shared:
        said = profile.said.skills.get(skill_of(skill), skill)
        if fold(said) != fold(skill):
            yield (
                f"{_pair(said, skill)} 같은 기술로 보았습니다.",
                f"“{said}”, as you wrote, and “{skill}” count as the same skill.",
            )


def same_field(profile: Profile, opening: Opening, rules: Rules) -> Iterator[tuple[str, str]]:
    """The sentence, ko and en, for a field of an opening that the person does not call by this very name."""
    name, major, _ = field_of(opening.field)
    alike = [name] if name in profile.fields else _same_major(profile, major)
    said = next((profile.said.fields[one] for one in alike if one in profile.said.fields), opening.field)
    if not rules.field or fold(said) == fold(opening.field):
        return
    known = classification().ncs[major] if major else None
    pair = _pair(said, opening.field)
    if known and name not in profile.fields:
        yield (
            f"{pair} 같은 분야({known.ko})로 보았습니다.",
            f"“{said}”, as you wrote, and “{opening.field}” count as the same field ({known.en}).",
        )
    else:
        yield (
            f"{pair} 같은 직무로 보았습니다.",
            f"“{said}”, as you wrote, and “{opening.field}” count as the same work.",
        )


def _same_major(profile: Profile, major: str | None) -> list[str]:
    """The person's fields in a field of NCS, the whole of it first, then by name."""
    found = [(one, field_of(one)) for one in profile.fields]
    inside = [(not whole, one) for one, (_, its, whole) in found if its == major and major is not None]
    return [one for _, one in sorted(inside)]


def _pair(said: str, asked: str) -> str:
    return f"적어 주신 {josa(f'‘{said}’', '과/와')} 이 자리의 {josa(f'‘{asked}’', '은/는')}"
