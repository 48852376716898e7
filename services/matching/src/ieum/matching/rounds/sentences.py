"""What a round tells those who got no place: for each choice what decided, and where they wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.matching import Explanation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ieum.matching.markets.domain import Opening


@dataclass(frozen=True, slots=True)
class Outcome:
    """What sentences need of a market and its result, both as documents, by application and opening id."""

    market: Mapping[str, Any]
    result: Mapping[str, Any]
    rules: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    cutoff: dict[str, int] = field(default_factory=dict)
    """The lowest score that took an open place, by opening; who got one by another way is not counted."""

    def __post_init__(self) -> None:
        for opening in self.market["openings"]:
            self.rules[opening["id"]] = opening
        for match in self.result["matches"]:
            opening = match["opening"]
            if match["place"] == "open":
                score = self.score(match["applicant"], opening)
                self.cutoff[opening] = min(self.cutoff.get(opening, score), score)

    def score(self, applicant: str, opening: str) -> int:
        """An applicant's score at an opening they chose."""
        return int(self.rules[opening]["priorities"]["scores"][applicant])


def not_placed(
    outcome: Outcome,
    applicant: str,
    reasons: Sequence[Mapping[str, Any]],
    openings: Mapping[UUID, Opening],
    names: Mapping[UUID, str],
    numbers: Mapping[UUID, int],
    choices: Sequence[UUID],
) -> Explanation:
    """For each reason of the result a sentence, and one for each waiting number (from 1, by opening)."""
    ko = ["이번 회차에서는 배정된 자리가 없습니다."]
    en = ["You were not placed in this round."]
    for reason in reasons:
        id_ = UUID(reason["opening"])
        opening = openings[id_]
        rank = choices.index(id_) + 1
        name = names.get(opening.organisation)
        title_ko = f"{rank}지망 {name + '의 ' if name else ''}‘{opening.title}’"
        title_en = f"Choice {rank}, “{opening.title}”{' at ' + name if name else ''}"
        why_ko, why_en = _why(outcome, applicant, reason)
        ko.append(f"{title_ko}: {why_ko}")
        en.append(f"{title_en}: {why_en}")
        if id_ in numbers:
            ko[-1] += f" 대기 순번은 {numbers[id_]}번입니다."
            en[-1] += f" You are number {numbers[id_]} on the waiting list."
    return Explanation(ko=ko, en=en)


def _why(outcome: Outcome, applicant: str, reason: Mapping[str, Any]) -> tuple[str, str]:
    rules = outcome.rules[reason["opening"]]
    capacity = rules["capacity"]
    if reason["code"] == "closed":
        return (
            "최소 인원에 이르지 못하여 열리지 않았습니다.",
            "it fell short of its minimum and was closed.",
        )
    if reason["code"] == "not-acceptable":
        return "이 자리의 대상에 해당하지 않습니다.", "you are not among those it is for."
    if capacity == 0:
        return "남은 자리가 없었습니다.", "there was no place left."
    if reason["code"] == "quota":
        return (
            "같은 대상에 정해진 상한까지 이미 배정되었습니다.",
            "the most places for your group were taken.",
        )
    return _outranked(outcome, applicant, reason["opening"], capacity)


def _outranked(outcome: Outcome, applicant: str, opening: str, capacity: int) -> tuple[str, str]:
    mine, lowest = outcome.score(applicant, opening), outcome.cutoff.get(opening)
    ko = f"{capacity}자리가 순서가 앞선 분들께 배정되었습니다."
    en = f"its places ({capacity}) went to others before you."
    if lowest is None:
        return ko, en
    scores_ko = f"배정 점수(희망 순위 제외)는 {mine}점이며, 배정된 분의 가장 낮은 점수는 {lowest}점입니다."
    scores_en = (
        f"Your points, which leave out your wishes, are {mine}; the lowest that was placed is {lowest}."
    )
    if mine == lowest:
        scores_ko += " 점수가 같은 분들 사이의 순서는 동점자 기준과 추첨으로 정해졌습니다."
        scores_en += " Among equal scores the tie rules and the lottery decided."
    return f"{ko} {scores_ko}", f"{en} {scores_en}"
