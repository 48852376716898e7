"""Five applications, as the service itself explains them: nothing here is made up by the demonstration.

Who is asked about is read by staff, with a reason, so each look stands in the access records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ieum.demo.summary import Example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.demo.answering import Ended
    from ieum.demo.run import Published, Run
    from ieum.demo.watching import Fact

STATES = {"accepted": "수락", "declined": "거절", "proposed": "답변 대기", "expired": "기한 만료"}
SECOND = 2
LOOKED_AT = 40
"""How many applications are looked at, at most, to find one that waits as number 2."""


@dataclass(frozen=True)
class _Case:
    title: str
    title_en: str
    application: str
    most: int = 12
    """So many sentences are printed at most."""


async def examples(run: Run, published: Published, ended: Ended) -> list[Example]:
    """Matched, moved up from the waiting list, waiting as number 2, not matched, not eligible."""
    placed = [each for each in ended.accepted if each not in ended.moved_up]
    moved_up = [each for each in ended.moved_up if each in ended.accepted] + ended.moved_up
    found = (
        _first("배정됨", "matched", placed, most=3),
        _first("예비순번에서 이어받음", "moved up from the waiting list", moved_up),
        await _second_in_line(run),
        _first("배정되지 않음", "not matched", _not_matched(run)),
        _first("자격 미충족", "not eligible", _ineligible(run)),
    )
    return [await _example(run, published, case) for case in found if case]


def _first(title: str, title_en: str, applications: Sequence[str], most: int = 12) -> _Case | None:
    return _Case(title, title_en, applications[0], most) if applications else None


async def _second_in_line(run: Run) -> _Case | None:
    """Somebody who waits as number 2 *now*: declines moved the lists on since the round."""
    near = sorted(run.facts("match.waitlisted"), key=_distance)
    asked = {fact.data["application"] for fact in run.facts("match.proposed")}
    for fact in [fact for fact in near if fact.data["application"] not in asked][:LOOKED_AT]:
        standing = await _standing(run, fact.data["application"])
        if min((each["number"] for each in standing["waiting"]), default=0) == SECOND:
            return _Case("예비순번 2번", "waiting as number 2", fact.data["application"])
    return None


def _distance(fact: Fact) -> int:
    """How far the best number at the round was from 2."""
    best = min(int(each["number"]) for each in fact.data["waiting"])
    return abs(best - SECOND)


def _not_matched(run: Run) -> list[str]:
    """Those with no place and no waiting number; where there are none, those furthest down the lists."""
    unplaced = [fact.data["application"] for fact in run.facts("match.unplaced")]
    waiting = run.facts("match.waitlisted")
    last = sorted(waiting, key=lambda fact: -min(each["number"] for each in fact.data["waiting"]))
    return unplaced + [fact.data["application"] for fact in last]


def _ineligible(run: Run) -> list[str]:
    turned_away = [fact for fact in run.facts("match.ranked") if not fact.data["eligible"]]
    return [fact.data["application"] for fact in turned_away]


async def _example(run: Run, published: Published, case: _Case) -> Example:
    standing = await _standing(run, case.application)
    told = standing["explanation"] or {"ko": [], "en": []}
    return Example(
        title=case.title,
        title_en=case.title_en,
        person=await _masked_name(run, case.application),
        application=case.application,
        sentences=[*told["ko"][: case.most], *_standing_now(standing, published)],
        sentences_en=told["en"][: case.most],
    )


def _standing_now(standing: dict[str, Any], published: Published) -> list[str]:
    """The present state and waiting numbers, which the last decision's sentences may be older than."""
    matches = [
        f"{match['rank']}지망 {published.titles[match['opening']]} 자리를 제안받았습니다. "
        f"현재 상태는 ‘{STATES[match['state']]}’입니다."
        for match in standing["matches"]
    ]
    waiting = [
        f"{published.titles[each['opening']]} {each['number']}번"
        for each in sorted(standing["waiting"], key=lambda each: each["number"])
    ]
    return matches + ([f"현재 예비순번: {', '.join(waiting)}"] if waiting and not matches else [])


async def _standing(run: Run, application: str) -> dict[str, Any]:
    found: dict[str, Any] = await run.api.get(f"/matching/applications/{application}", run.staff)
    return found


async def _masked_name(run: Run, application: str) -> str:
    person = (await run.api.get(f"/intake/applications/{application}", run.staff))["person"]
    shown = await run.api.get(f"/intake/people/{person}", run.staff, reveal="시연 보고서의 설명 예시")
    name = str(shown["contact"]["name"])
    return f"{name[0]}{'○' * (len(name) - 1)} 님"
