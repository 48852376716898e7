"""Accounts of staff as a client of intake makes them."""

from __future__ import annotations

from typing import Any

import httpx

from .cases import AGENCY
from .world import World


def body(**changes: Any) -> dict[str, Any]:
    made = {
        "account": "lee-1",
        "agency": AGENCY,
        "roles": ["staff"],
        "name": "이담당",
        "email": None,
    } | changes
    return {name: value for name, value in made.items() if value is not None}


async def registered(world: World, **changes: Any) -> dict[str, Any]:
    """An account that an operator gives."""
    answer = await world.post("staff", body(**changes), role="operator", subject="op", agency=None)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def put(world: World, one: dict[str, Any], json: dict[str, Any], **who: Any) -> httpx.Response:
    """Change an account under the version that was read."""
    who = {"role": "operator", "subject": "op", "agency": None} | who
    headers = world.headers(who.pop("role"), **who) | {"If-Match": f'"{one["version"]}"'}
    return await world.client.put(f"/intake/staff/{one['id']}", json=json, headers=headers)


async def leave(world: World, one: dict[str, Any], *, reason: str = "moved", **more: Any) -> httpx.Response:
    """End an account under the version that was read."""
    successor = more.pop("successor", None)
    who = {"role": "operator", "subject": "op", "agency": None} | more
    headers = world.headers(who.pop("role"), **who) | {"If-Match": f'"{one["version"]}"'}
    json = {"reason": reason} | ({"successor": successor} if successor else {})
    return await world.client.post(f"/intake/staff/{one['id']}/departure", json=json, headers=headers)
