"""The load: people who register and apply over HTTP, each request repeated under its key until a 2xx."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any

import httpx

PER_SECOND = 10
AT_ONCE_MAX = 40
REPEAT_DELAY_SECONDS = 0.3
REPEATED_AFTERWARDS = 7
"""Every so many requests, one that was answered is sent again: the answer must name the same resource."""
HTTP_SECONDS = 10.0

BUSY_WITH_THE_SAME_KEY = "idempotency-key-in-use"


@dataclass
class Load:
    """Runs journeys at a bounded rate until stopped; the ids answered 2xx are in `people`, `applications`."""

    url: str
    token: str
    seed: int
    application: Mapping[str, Any]
    """What every application says beside its person."""
    people: dict[str, int] = field(default_factory=dict)
    applications: dict[str, int] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    requests: int = 0
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self) -> None:
        """Begin no new journey; those under way go on to their end."""
        self._stopping.set()

    async def run(self) -> None:
        """Begin journeys until stopped; returns when every one of them has its 2xx answers."""
        limits = httpx.Limits(max_connections=AT_ONCE_MAX)
        headers = {"Authorization": f"Bearer {self.token}"}
        # trust_env: a proxy set for the internet must not be asked for this machine.
        client = httpx.AsyncClient(
            base_url=self.url, headers=headers, limits=limits, timeout=HTTP_SECONDS, trust_env=False
        )
        places = asyncio.Semaphore(AT_ONCE_MAX)
        async with client, asyncio.TaskGroup() as journeys:
            began = time.monotonic()
            for n in count():
                await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.monotonic()))
                await places.acquire()
                if self._stopping.is_set():
                    return
                journeys.create_task(self._journey(client, n)).add_done_callback(lambda _: places.release())

    async def _journey(self, client: httpx.AsyncClient, n: int) -> None:
        person = await self._create(client, "/intake/people", f"person-{n}", self._person(n))
        self.people[person] = n
        body = {**self.application, "person": person}
        application = await self._create(client, "/intake/applications", f"application-{n}", body)
        self.applications[application] = n
        if n % REPEATED_AFTERWARDS == 0:
            again = await self._create(client, "/intake/applications", f"application-{n}", body)
            if again != application:
                self.complaints.append(f"one key, two applications: {application} and {again}")

    async def _create(self, client: httpx.AsyncClient, path: str, key: str, body: Mapping[str, Any]) -> str:
        """The id of what was made; asks again and again under the same key. Raises for any other 4xx."""
        headers = {"Idempotency-Key": f"chaos-{self.seed}-{key}"}
        while True:
            self.requests += 1
            try:
                answer = await client.post(path, json=body, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(REPEAT_DELAY_SECONDS)
                continue
            if answer.is_success:
                return str(answer.json()["id"])
            if answer.is_client_error and not answer.json()["type"].endswith(BUSY_WITH_THE_SAME_KEY):
                raise AssertionError(f"{path} answered {answer.status_code}: {answer.text}")
            await asyncio.sleep(REPEAT_DELAY_SECONDS)

    def _person(self, n: int) -> dict[str, Any]:
        """The n-th person: invented, plausible, unlike every other."""
        return {
            "name": f"{'김이박최정'[n % 5]}{'가나다라마바사'[n % 7]}{'온별솔'[n % 3]}",
            "birth_date": (date(1986, 1, 1) + timedelta(days=n % 3000)).isoformat(),
            "phone": f"010-{2000 + n // 10_000:04}-{n % 10_000:04}",
            "email": f"chaos-{n}@example.org",
            "district": "27230",
            "skills": ["문서 작성"] if n % 2 else [],
        }
