"""Why a candidate stands where they stand, in sentences for the workplace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.web.texts import Text
from ieum.matching.ranking.sentences import ENGLISH, KOREAN

if TYPE_CHECKING:
    from ieum.matching.candidates.domain import Candidate

OTHER = Text("사업이 정한 그 밖의 기준", "other rules of the programme")


def why(candidate: Candidate, skills: int) -> list[Text]:
    """A sentence on skills where the opening asks for any (`skills` of them), and one on each factor."""
    if not candidate.factors:
        return [Text("지금은 근거를 보여 드릴 수 없습니다.", "The reasons cannot be shown any more.")]
    found = []
    if skills:
        found.append(
            Text(
                f"이 자리가 찾는 기술 {skills}가지 중 {candidate.skills}가지를 갖추었습니다.",
                f"Has {candidate.skills} of the {skills} skills that the opening asks for.",
            )
        )
    for one in candidate.factors:
        ko, en = KOREAN.get(one.name, OTHER.ko), ENGLISH.get(one.name, OTHER.en)
        found.append(
            Text(f"{ko}: {one.most}점 중 {one.points}점", f"{en}: {one.points} of {one.most} points")
        )
    return found
