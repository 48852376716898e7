"""Cases as a client of intake sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from .world import World

AGENCY = "dalseo-gu-hope"
DUTY, LEAD = f"{AGENCY}-duty", f"{AGENCY}-lead"
TOLD: dict[str, Any] = {
    "situation": "옆집 어르신이 며칠째 보이지 않습니다.",
    "district": "27290",
    "source": "neighbour",
    "name": "성춘향",
    "phone": "010-9876-5432",
    "address": "달서구 이음로 1",
}
REPORTER = {"name": "변학도", "phone": "010-5555-6666", "relation": "옆집 사람"}
CLEAR = (
    "옆집 어르신",
    "성춘향",
    "98765432",
    "9876-5432",
    "이음로",
    "변학도",
    "55556666",
    "5555-6666",
    "옆집 사람",
)
"""What may be in no column after a report."""


@dataclass
class Cases:
    """What tests do with cases; staff are of AGENCY unless they say otherwise."""

    world: World

    async def report(self, *, signed_in: dict[str, Any] | None = None, **changes: Any) -> httpx.Response:
        headers = self.world.headers(**signed_in) if signed_in else {"Idempotency-Key": str(uuid4())}
        return await self.world.client.post("/intake/reports", json=TOLD | changes, headers=headers)

    async def begun(self, **changes: Any) -> dict[str, Any]:
        """A case that a report just began."""
        known = {item["id"] for item in (await self.list(closed="true"))["items"]}
        answer = await self.report(**changes)
        assert answer.status_code == 201, answer.text
        [made] = [item for item in (await self.list(closed="true"))["items"] if item["id"] not in known]
        return dict(made)

    async def list(self, *, agency: str = AGENCY, subject: str = LEAD, **query: str) -> dict[str, Any]:
        answer = await self.world.get("cases", params=query, agency=agency, subject=subject)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def show(self, id_: str, *, by: str = LEAD, agency: str = AGENCY, reveal: str | None = None) -> Any:
        params = {"reveal": reveal} if reveal else None
        return await self.world.get(f"cases/{id_}", params=params, agency=agency, subject=by)

    async def do(
        self, id_: str, path: str, body: dict[str, Any], *, version: int | None, by: str = LEAD,
        agency: str = AGENCY, role: str = "staff", key: str | None = None,
    ) -> httpx.Response:  # fmt: skip
        headers = self.world.headers(role, subject=by, agency=agency, key=key)
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self.world.client.post(f"/intake/cases/{id_}/{path}", json=body, headers=headers)

    async def done(self, id_: str, path: str, body: dict[str, Any], **who: Any) -> dict[str, Any]:
        """Do it on the present version."""
        version = (await self.show(id_)).json()["version"]
        answer = await self.do(id_, path, body, version=version, **who)
        assert answer.status_code == 201, answer.text
        assert answer.headers["ETag"] == f'"{version + 1}"'
        return dict(answer.json())

    async def walked(self, id_: str, *moves: str) -> dict[str, Any]:
        """Move on through these, by the lead."""
        for to in moves:
            made = await self.done(id_, "steps", {"to": to})
        return made


TO_SERVING = ("assess", "advance", "advance", "advance", "plan")
TO_AFTERCARE = (*TO_SERVING, "advance", "monitor", "follow-up")
