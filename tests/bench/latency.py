"""HTTP 201 to match event, at a fixed rate whatever the answers do (no coordinated omission)."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import httpx

PER_SECOND = 100
SECONDS = 15
WARM_UP_SECONDS = 3  # connections, plans and caches; its answers are not counted
AT_ONCE = 16
REST_SECONDS = 5.0


@dataclass
class Sender:
    """A member of staff who registers people and sends their applications."""

    client: httpx.AsyncClient
    application: Mapping[str, Any]
    due: dict[str, float] = field(default_factory=dict)
    """When each request was to begin: a sender that is late itself hides nothing."""
    answered: dict[str, float] = field(default_factory=dict)

    async def people(self, count: int) -> list[str]:
        """Register that many people, some at a time."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(n: int) -> str:
            async with places:
                return await self._create("people", n, _person(n))

        return await asyncio.gather(*(one(n) for n in range(count)))

    async def apply(self, people: list[str]) -> None:
        """An application each, begun every hundredth of a second."""
        began = time.time()
        async with asyncio.TaskGroup() as group:
            for n, person in enumerate(people):
                due = began + n / PER_SECOND
                await asyncio.sleep(max(0.0, due - time.time()))
                group.create_task(self._apply(n, person, due))

    async def _apply(self, n: int, person: str, due: float) -> None:
        id_ = await self._create("applications", n, {**self.application, "person": person})
        if n >= WARM_UP_SECONDS * PER_SECOND:
            self.due[id_], self.answered[id_] = due, time.time()

    async def _create(self, kind: str, n: int, body: Mapping[str, Any]) -> str:
        headers = {"Idempotency-Key": f"bench-{kind}-{n}"}
        answer = await self.client.post(f"/intake/{kind}", json=body, headers=headers)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])


async def measure(url: str, token: str, bootstrap: str, application: Mapping[str, Any]) -> dict[str, float]:
    """p50, p99 and the greatest latency in milliseconds, with how many were sent and had no match event."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False) as client:
        sender = Sender(client, application)
        people = await sender.people((WARM_UP_SECONDS + SECONDS) * PER_SECOND)
        await asyncio.sleep(REST_SECONDS)  # what registering left to do is not measured
        reader = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.reader", bootstrap,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert reader.stdout is not None
        assert await reader.stdout.readline() == b"ready\n"
        await sender.apply(people)
        await asyncio.sleep(REST_SECONDS)
    output, _ = await reader.communicate(b"")  # its input closes
    seen: dict[str, float] = json.loads(output)
    return _summary(sender, seen)


def _summary(sender: Sender, seen: Mapping[str, float]) -> dict[str, float]:
    """From the answer to the event; beside it, from the moment due to the answer and to the event.

    The first is below zero where the event was readable before the sender had its answer.
    """
    matched = [id_ for id_ in sender.answered if id_ in seen]
    return {
        **_percentiles("", [seen[id_] - sender.answered[id_] for id_ in matched]),
        **_percentiles("http_", [sender.answered[id_] - sender.due[id_] for id_ in matched]),
        **_percentiles("due_to_event_", [seen[id_] - sender.due[id_] for id_ in matched]),
        "answered_per_second": round(len(matched) / _span(sender), 1),
        "applications": len(sender.answered),
        "without_match_event": len(sender.answered) - len(matched),
    }


def _span(sender: Sender) -> float:
    """Seconds from the first request due to the last answer, but no less than they were to take."""
    return max(SECONDS, max(sender.answered.values()) - min(sender.due.values()))


def _percentiles(prefix: str, seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    figures = {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}
    return {prefix + name: round(value * 1000, 1) for name, value in figures.items()}


def _person(n: int) -> dict[str, Any]:
    return {
        "name": f"{'김이박최정'[n % 5]}{'가나다라마바사'[n % 7]}{'온별솔'[n % 3]}",
        "birth_date": (date(1990, 1, 1) + timedelta(days=n % 2500)).isoformat(),
        "phone": f"010-{3000 + n // 10_000:04}-{n % 10_000:04}",
        "email": f"bench-{n}@example.org",
        "district": "27230",
        "skills": ["문서 작성"] if n % 2 else [],
    }
