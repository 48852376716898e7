"""A place that came late (추가 모집), and the three who ask for it: she fits it least."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ieum.demo.life.windows import NEXT_WINDOW, register
from ieum.demo.programme import received_on

if TYPE_CHECKING:
    from ieum.demo.api import Who
    from ieum.demo.life.story import Story

SUSEONG = "27260"
OPENING = "ADDED-1"
# Who fits better stands higher: the story's person is third of three, so number 2 on the waiting list.
OTHERS = (
    ("오누리", ["판금", "용접", "도면 읽기"]),
    ("유다온", ["판금", "용접"]),
)


async def added_place(story: Story) -> None:
    """A place that came late: the year's programme under an id of its own, with one opening."""
    run = story.run
    definition = run.programme.model_dump(mode="json") | {"id": story.programme, "version": 1}
    await run.api.post(
        "/intake/programmes", run.staff, {"definition": definition}, key=run.key("life", "programme")
    )
    firm = {"name": "다온철공 (가상)", "roles": ["workplace"], "district": SUSEONG}
    made = await run.api.post("/intake/organisations", run.staff, firm, key=run.key("life", "firm"))
    place = {
        "programme": story.programme,
        "organisation": made.document["id"],
        "code": OPENING,
        "title": "판금 제작 보조",
        "capacity": 1,
        "district": SUSEONG,
        "field": "제조",
        "skills": ["판금", "용접", "도면 읽기"],
        "wage_hourly_won": run.sample.workplaces[0].wage_hourly_won,
        "hours_per_week": 40,
        "months": 12,
        "contract": "기간제 근로계약",
    }
    await run.api.post("/intake/openings", run.staff, place, key=run.key("life", "opening"))


async def applications(story: Story, person: str) -> tuple[str, list[str]]:
    """Her application, made by the window that served her, and the two people who asked before her."""
    run = story.run
    others = [await register(story, who, run.staff, district=SUSEONG) for who in OTHERS]
    for other in others:
        await _apply(story, other, run.staff)
    mine = await _apply(story, person, run.staff_of(NEXT_WINDOW))
    for one in (*others, person):
        await story.wait("match.ranked", one)
    story.tell(
        f"고용센터 창구에서 곧바로 예스매칭 추가 모집에 신청하였습니다. 접수번호 {mine['receipt']}.",
        f"The same window applied for her to YES! Matching's late place: receipt {mine['receipt']}.",
    )
    return str(mine["id"]), others


async def _apply(story: Story, person: str, staff: Who) -> dict[str, Any]:
    run = story.run
    body = {
        "person": person,
        "programme": story.programme,
        "choices": [OPENING],
        "received_on": received_on(run.programme).isoformat(),
    }
    answer = await run.api.post("/intake/applications", staff, body, key=run.key("life", "apply", person))
    made: dict[str, Any] = answer.document
    return made
