"""Who scores what, how scores become one total, and who stands where. Pure; integers alone.

A reviewer's total is the sum of the points times the weight of their criterion. `mean`: the average of these
totals; `trimmed-mean`: without the highest and the lowest (최고점과 최저점을 뺀 평균). Every average is told
in hundredths of a point, rounded half up once, from the exact sums.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.model import PrivateData, Sealed
from ieum.common.events.programme import Programme
from ieum.common.events.programme import Review as Rules
from ieum.common.kernel.errors import Refusal

Conflict = Literal["kin", "work", "other"]
Scores = Mapping[str, int]


class ReviewNote(PrivateData):
    """Record class `application`: what a reviewer wrote about an application."""

    record_class: ClassVar[str] = "application"
    text: str


@dataclass(frozen=True)
class Review:
    """The review of one application; `total` and `criteria` are there once all seats have scored."""

    application: UUID
    person: UUID
    programme: str
    programme_version: int
    panel: Sequence[str]
    named_by: str
    named_at: datetime
    total: int | None = None
    criteria: Scores | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True)
class Seat:
    """One reviewer of one application; who stepped back has a `conflict`, and another took the seat."""

    application: UUID
    reviewer: str
    version: int = 1
    conflict: Conflict | None = None
    scores: Scores | None = None
    note: Sealed | None = None
    scored_at: datetime | None = None


@dataclass(frozen=True)
class Result:
    """What all scores come to, in hundredths of a point."""

    total: int
    criteria: dict[str, int]


def rules_of(programme: Programme) -> Rules:
    """The programme's rules of review; raises Refusal 409 `no-review`."""
    if programme.review is None:
        raise Refusal(
            "no-review",
            ko="심사를 하지 않는 사업입니다.",
            en="Nothing is reviewed in this programme.",
            status=409,
        )
    return programme.review


def check_closed(programme: Programme, today: date) -> None:
    """What is scored must not change any more; raises Refusal 409 `programme-open`."""
    if today <= programme.period.closes:
        raise Refusal(
            "programme-open",
            ko=f"신청이 마감되는 {programme.period.closes:%Y-%m-%d} 다음 날부터 심사할 수 있습니다.",
            en=f"Reviewing begins after applications close on {programme.period.closes:%Y-%m-%d}.",
            status=409,
        )


def seats(panel: Sequence[str], near: Collection[str], taken: Sequence[Seat], wanted: int) -> list[str]:
    """Who takes the seats that are free: in the panel's order, nobody near the applicant, nobody twice."""
    free = wanted - sum(1 for seat in taken if seat.conflict is None)
    had = {seat.reviewer for seat in taken}
    able = [one for one in dict.fromkeys(panel) if one not in near and one not in had]
    return able[: max(free, 0)]


def check_scores(rules: Rules, scores: Scores) -> None:
    """Every criterion once, from 0 to its points.

    Raises Refusal `scores-incomplete` or `score-out-of-bounds`.
    """
    wanted = {one.id: one for one in rules.criteria}
    if scores.keys() != wanted.keys():
        listed = ", ".join(wanted)
        raise Refusal(
            "scores-incomplete",
            ko=f"다음 기준마다 점수를 하나씩 적어 주십시오: {listed}",
            en=f"Please give one score for each of: {listed}",
            pointer="/scores",
        )
    for name, points in scores.items():
        most = wanted[name].points
        if not 0 <= points <= most:
            raise Refusal(
                "score-out-of-bounds",
                ko=f"‘{wanted[name].name.ko}’ 점수는 0점에서 {most}점까지입니다.",
                en=f"The score of “{wanted[name].name.en}” goes from 0 to {most}.",
                pointer=f"/scores/{name}",
            )


def check_changeable(own: Seat, others: Sequence[Seat]) -> None:
    """Own scores stay as they are once another's could be seen; raises Refusal 409 `scores-final`."""
    if own.scores is not None and any(one.scores is not None for one in others):
        raise Refusal(
            "scores-final",
            ko="다른 심사위원의 점수가 공개되어 고칠 수 없습니다.",
            en="Another reviewer's scores can be seen: yours stay as they are.",
            status=409,
        )


def reviewer_total(rules: Rules, scores: Scores) -> int:
    """One reviewer's weighted points."""
    return sum(one.weight * scores[one.id] for one in rules.criteria)


def result(rules: Rules, given: Sequence[Scores]) -> Result:
    """All reviewers' scores as one result, whatever their order; `given` is not empty.

    Where totals are equal it does not matter for the result's total which of them is left out; for the
    criteria the lower points by the file's order count as the lower.
    """
    order = [one.id for one in rules.criteria]
    ranked = sorted(
        given, key=lambda scores: (reviewer_total(rules, scores), [scores[name] for name in order])
    )
    counted = ranked[1:-1] if rules.combine == "trimmed-mean" else ranked
    return Result(
        total=_hundredths(sum(reviewer_total(rules, scores) for scores in counted), len(counted)),
        criteria={name: _hundredths(sum(scores[name] for scores in counted), len(counted)) for name in order},
    )


def standing(rules: Rules, results: Mapping[UUID, Result]) -> list[tuple[int, UUID]]:
    """Ranks from 1, the best first; equals by `ties` share a rank, and the next rank is left out."""

    def merit(one: UUID) -> list[int]:
        found = results[one]
        return [found.total, *(found.criteria[name] for name in rules.ties)]

    best_first = sorted(results, key=lambda one: (*(-value for value in merit(one)), one.int))
    ranks: list[tuple[int, UUID]] = []
    for place, one in enumerate(best_first, start=1):
        same = bool(ranks) and merit(ranks[-1][1]) == merit(one)
        ranks.append((ranks[-1][0] if same else place, one))
    return ranks


def seen_answers(rules: Rules, answers: Mapping[str, object]) -> dict[str, object]:
    """What a reviewer sees of the form: nothing that the programme says tells who somebody is."""
    return {name: answer for name, answer in answers.items() if name not in rules.hides}


def _hundredths(points: int, count: int) -> int:
    """The average in hundredths, rounded half up; points are not negative."""
    return (200 * points + count) // (2 * count)
