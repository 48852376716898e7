"""Visits, calls, outreach and sessions as a client of intake sees them."""

from __future__ import annotations

import json
from typing import Any

import httpx

from .world import HONG, World

FRONT, HOPE, YOUTH, MIND = (
    "daegu-social-service",
    "dalseo-gu-hope",
    "daegu-youth-centre",
    "daegu-mental-health",
)
STORY = "남편 몰래 오셨고 월세가 석 달 밀렸습니다."
CLEAR = ("남편 몰래", "석 달 밀렸", "문을 두드렸", "이음로 77", "손목을 다쳤", "상환 계획")
"""What may be in no column after it was written."""


async def ok(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def changed(
    intake: World, path: str, body: Any = None, *, version: int, status: int = 200, **who: Any
) -> dict[str, Any]:
    """A POST under the version that was read."""
    return await ok(await change(intake, path, body, version=version, **who), status)


async def change(
    intake: World,
    path: str,
    body: Any = None,
    *,
    version: int | None,
    agency: str = HOPE,
    subject: str = "kim",
) -> httpx.Response:
    headers = intake.headers("staff", agency=agency, subject=subject)
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    return await intake.client.post(f"/intake/{path}", json=body, headers=headers)


async def taken(intake: World, *agencies: str, front: str = FRONT, **body: Any) -> dict[str, Any]:
    """A visit taken at the front desk."""
    return await ok(await intake.post("visits", {"agencies": list(agencies)} | body, agency=front), 201)


async def registered(intake: World, agency: str, **changes: Any) -> str:
    """A person whom an agency registered, and so may visit."""
    return str((await ok(await intake.post("people", HONG | changes, agency=agency), 201))["id"])


async def queue(intake: World, agency: str) -> list[dict[str, Any]]:
    items = (await ok(await intake.get("windows", agency=agency)))["items"]
    return list(items)


async def window(intake: World, agency: str, number: str) -> dict[str, Any]:
    """The visitor of that number in an agency's queue."""
    return next(one for one in await queue(intake, agency) if one["number"] == number)


async def served(intake: World, agency: str, number: str, **body: Any) -> dict[str, Any]:
    """Call a visitor and serve them."""
    one = await window(intake, agency, number)
    if one["state"] == "waiting":
        one = await changed(intake, f"windows/{one['id']}/call", {}, version=one["version"], agency=agency)
    return await changed(intake, f"windows/{one['id']}/service", body, version=one["version"], agency=agency)


async def seen(intake: World, visit: str, *, agency: str = FRONT, **query: str) -> dict[str, Any]:
    return await ok(await intake.get(f"visits/{visit}", agency=agency, params=query or None))


async def kinds(intake: World) -> list[str]:
    """The short types told of contacts, in the order of the outbox."""
    rows = await intake.fetch("select headers from outbox where topic = 'intake-contacts' order by id")
    types = [dict(map(tuple, _headers(row["headers"])))["ce_type"] for row in rows]
    return [type_.removeprefix("kr.ieum.intake.").removesuffix(".v1") for type_ in types]


def _headers(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
