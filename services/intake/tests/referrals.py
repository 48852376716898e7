"""What tests of referrals share: two windows and the steps between them, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx

from .world import World

SENDER, RECEIVER, STRANGER = "daegu-youth-centre", "jung-gu-hope", "nam-gu-hope"
STEPS = {
    "receive": "receipt", "accept": "acceptance", "return": "return", "serve": "service", "close": "closure"
}  # fmt: skip


def body(person: str, **changes: Any) -> dict[str, Any]:
    return {
        "person": person, "to_agency": RECEIVER, "need": "debt", "urgency": "soon", "basis": "public-duty",
        "note": "월세가 석 달 밀렸고 010-0123-4567로 연락을 원합니다.",
    } | changes  # fmt: skip


async def sent(intake: World, person: str | None = None, **changes: Any) -> dict[str, Any]:
    """A referral from SENDER to RECEIVER, as the sender sees it."""
    answer = await intake.post("referrals", body(person or await intake.person(), **changes), agency=SENDER)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def step(
    intake: World,
    referral: str,
    verb: str,
    version: int | str | None,
    *,
    agency: str = RECEIVER,
    json: Any = None,
) -> httpx.Response:
    """A step under the version that was seen."""
    headers = intake.headers("staff", agency=agency)
    if version is not None:
        headers["If-Match"] = f'"{version}"' if isinstance(version, int) else version
    if json is None:
        json = {"return": {"reason": "full"}, "accept": {}}.get(verb)
    return await intake.client.post(f"/intake/referrals/{referral}/{STEPS[verb]}", json=json, headers=headers)


async def walk(intake: World, referral: dict[str, Any], *verbs: str) -> dict[str, Any]:
    """Make legal steps one after another; gives the referral as the one who made the last sees it."""
    for verb in verbs:
        agency = SENDER if verb == "close" else RECEIVER
        answer = await step(intake, referral["id"], verb, referral["version"], agency=agency)
        assert answer.status_code == 200, answer.text
        referral = answer.json()
    return referral


async def state_room(intake: World, places: int | None, *, agency: str = RECEIVER, **more: Any) -> Any:
    """What an agency says of its room for `debt`."""
    answer = await intake.client.put(
        "/intake/capacities",
        json={"need": "debt", "places": places} | more,
        headers=intake.headers("staff", agency=agency),
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def has_room(intake: World, agency: str = RECEIVER) -> tuple[str, bool]:
    """What a window is told before it names anybody."""
    answer = await intake.get("referrals/capacity", params={"agency": agency, "need": "debt"}, agency=SENDER)
    return answer.json()["room"], answer.json()["takes"]
