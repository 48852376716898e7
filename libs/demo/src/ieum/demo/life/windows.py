"""At the windows: taken once, referred with one click, seen at the next window within a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ieum.demo.life.story import HERSELF, Story, same

if TYPE_CHECKING:
    from ieum.demo.api import Who

FIRST_WINDOW, NEXT_WINDOW = "namyangju-self-support", "namyangju-employment-centre"
NAMYANGJU = "41360"
NEED = "training-voucher"


async def windows(story: Story) -> str:
    """Registered once at the first window; handed on with one click, and seen at the next within a second."""
    run, name = story.run, HERSELF[0]
    staff, other = run.staff_of(FIRST_WINDOW), run.staff_of(NEXT_WINDOW)
    person = await register(story, HERSELF, staff, district=NAMYANGJU)
    body = {
        "person": person,
        "agencies": [NEXT_WINDOW],
        "story": "기술을 배워 다시 일하고 싶다고 하셨습니다.",
    }
    visit = (await run.api.post("/intake/visits", staff, body, key=run.key("life", "visit"))).document
    story.tell(
        f"남양주지역자활센터 창구에서 {name[0]}○○ 님이 한 번 이야기하고 {visit['number']}번 표를 받았습니다.",
        f"At the self-support centre she told her story once, and was given number {visit['number']}.",
    )
    async with run.api.stream("/intake/referrals/stream", other) as windows:
        await windows.next("ready")
        began = time.monotonic()
        asked = {"person": person, "to_agency": NEXT_WINDOW, "need": NEED, "basis": "public-duty"}
        sent = (await run.api.post("/intake/referrals", staff, asked, key=run.key("life", "refer"))).document
        seen = await windows.next("referral")
        milliseconds = (time.monotonic() - began) * 1000
    story.checks.append(
        same(
            "옆 창구가 본 의뢰 = 보낸 의뢰", "seen at the next window = sent", sent["number"], seen["number"]
        )
    )
    story.tell(
        f"내일배움카드를 의뢰하자 {milliseconds:,.0f}밀리초 만에 옆 창구에 보였습니다({sent['number']}).",
        f"One click referred her for a training voucher; the next window saw it in {milliseconds:,.0f} ms.",
    )
    for verb, who in (("receipt", other), ("acceptance", other), ("service", other), ("closure", staff)):
        await run.api.step(f"/intake/referrals/{sent['id']}", verb, who)
    story.tell(
        "고용센터가 받아들여 훈련을 안내하고 마쳤습니다. 보낸 창구도 그 결과를 보고 의뢰를 닫았습니다.",
        "The employment centre accepted, served and finished; the first window saw that and closed the loop.",
    )
    return person


async def register(story: Story, who: tuple[str, list[str]], staff: Who, *, district: str) -> str:
    """Register somebody with a name and skills; who does not live in Daegu yet moves there in time."""
    run, (name, skills) = story.run, who
    moving = run.programme.period.closes.isoformat() if district == NAMYANGJU else None
    body = {
        "name": name,
        "birth_date": f"{run.sample.year - 27}-05-17",
        "email": f"life-{run.sample.seed}-{run.sample.year}-{len(skills)}@example.com",
        "district": district,
        "moving_in": moving,
        "skills": skills,
        "fields": ["제조"],
    }
    made = await run.api.post("/intake/people", staff, body, key=run.key("life", "person", len(skills)))
    return str(made.document["id"])
