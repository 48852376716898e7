"""Every operation of the four documents against what no schema describes: a problem, never a fault."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from ieum.common.service.prepare import SERVICES

from .asking import ALL
from .hostile import Sent, requests_to
from .services import Served, database, served

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]
ANSWER_SECONDS_MAX = 10.0
QUICK_EVERY = 11  # a prime, so that every kind meets some operation


async def _faults(service: Served, every: int) -> tuple[int, list[str]]:
    token = f"Bearer {service.token(*ALL)}".encode()
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    faults: list[str] = []
    statuses: Counter[int] = Counter()
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{service.name}") as client:
        for sent in list(requests_to(service.app.openapi()))[::every]:
            try:
                answer = await asyncio.wait_for(_send(client, token, sent), ANSWER_SECONDS_MAX)
            except TimeoutError:
                faults.append(f"no answer {sent!s:.300}")
                continue
            statuses[answer.status_code] += 1
            kind = answer.headers.get("content-type", "")
            # 503 is an answer: here is no broker, and what needs one says so at once.
            if answer.status_code in {500, 502, 504} or (
                answer.status_code >= 400 and kind != "application/problem+json"
            ):
                faults.append(f"{answer.status_code} {kind} {sent!s:.300}")
    await service.service.database.close()
    return sum(statuses.values()), faults


async def _send(client: httpx.AsyncClient, token: bytes, sent: Sent) -> httpx.Response:
    headers = {"Authorization": token} | sent.headers
    raw = [(name.encode(), value) for name, value in headers.items()]
    return await client.request(sent.method, sent.url, headers=raw, content=sent.body)


async def _run(name: str, dsn: str, folder: Path, every: int) -> tuple[int, list[str]]:
    async with database(dsn, name, folder) as own:
        with structlog.testing.capture_logs():
            return await _faults(served(name, own, folder), every)


@pytest.mark.parametrize("name", SERVICES)
def test_hostile_requests_are_refused(name: str, postgres: Any, tmp_path: Path) -> None:
    asked, faults = asyncio.run(_run(name, postgres.dsn, tmp_path, QUICK_EVERY))
    assert not faults, "\n".join(faults)
    assert asked > 20


@pytest.mark.long
@pytest.mark.parametrize("name", SERVICES)
def test_every_hostile_request_is_refused(name: str, postgres: Any, tmp_path: Path) -> None:
    asked, faults = asyncio.run(_run(name, postgres.dsn, tmp_path, 1))
    assert not faults, "\n".join(faults)
    assert asked > 300
