"""What a service holds before requests come, so that they meet more than emptiness."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
from services.audit.tests.world import Log
from services.matching.tests import world as matching_world
from services.notify.tests import facts as notices
from services.notify.tests import world as notify_world

from ieum.common.events.envelope import Event
from ieum.common.kafka.records import RawRecord
from ieum.common.postgres import Actor

from .services import Served

Ids = dict[str, list[str]]
"""Ids of what is there, by the name that stands before them in a path."""


def _client(served: Served) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=served.app), base_url=f"http://{served.name}")


async def _intake(served: Served) -> Ids:
    """A programme with two openings: the examples of the document itself."""
    models = served.app.openapi()["components"]["schemas"]
    async with _client(served) as client:

        async def post(path: str, model: str, **changes: Any) -> dict[str, Any]:
            headers = {"Authorization": f"Bearer {served.token('staff')}", "Idempotency-Key": uuid4().hex}
            body = models[model]["examples"][0] | changes
            answer = await client.post(f"/intake/{path}", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            return dict(answer.json())

        await post("programmes", "PublishProgramme")
        firm = await post("organisations", "RegisterOrganisation")
        for code in ("W22-001", "W22-002"):
            await post("openings", "PublishOpening", organisation=firm["id"], code=code)
    return {"organisations": [firm["id"]]}


async def _matching(served: Served) -> Ids:
    """A market with more applicants than places, and one who was offered one."""
    keys = matching_world.Keys()
    served.service.database.keys = keys
    async with _client(served) as client:
        world = matching_world.World(served.service, client, keys, "", served.secrets)
        await world.market({"가": 1, "나": 1})
        for name in ("갑", "을", "병"):
            await world.applicant(name, "가", "나")
        round_ = await world.round()
    applications = [str(matching_world.uid(f"application {name}")) for name in ("갑", "을", "병")]
    openings = [str(matching_world.uid(name)) for name in ("가", "나")]
    matches = await _ids(served, "match")
    return {"rounds": [round_], "matches": matches, "applications": applications, "openings": openings}


async def _notify(served: Served) -> Ids:
    """A message to a person; the test's key ring seals who it is."""
    keys = notify_world.Keys()
    served.service.database.keys = keys
    sealed = keys.seal(notices.PERSON, notify_world.PersonContact(name="홍길동", email="hong@example.kr"))
    facts = [
        notices.registered(notices.PERSON, sealed), notices.programme(), notices.firm(), notices.opening(),
        notices.ranked(),
    ]  # fmt: skip
    by_topic: dict[str, list[Event]] = {}
    for fact in facts:
        by_topic.setdefault(fact.topic, []).append(fact)
    for topic, batch in by_topic.items():
        async with served.service.database.unit_of_work(Actor("service", "notify/test"), "notice") as tx:
            await notify_world.HANDLERS[topic](batch, tx)
    return {"messages": await _ids(served, "message")}


async def _audit(served: Served) -> Ids:
    """A log of some leaves with a checkpoint."""
    async with _client(served) as client:
        log = Log(served.service, client, served.service.settings.signer(), served.secrets)  # type: ignore[attr-defined]
        records: list[RawRecord] = [log.record() for _ in range(300)]
        await log.append(*records)
        await log.sign()
    events = [dict(record.headers)["ce_id"].decode() for record in records[:10]]  # type: ignore[union-attr]
    return {"openings": ["0", "1", "255"], "events": events, "tile": ["0/000", "entries/000"]}


async def _ids(served: Served, table: str) -> list[str]:
    actor = Actor("service", f"{served.name}/test")
    async with served.service.database.unit_of_work(actor, served.service.purpose) as tx:
        return [str(row["id"]) for row in await tx.fetch(f"select id from {table}")]


SEEDS: dict[str, Callable[[Served], Awaitable[Ids]]] = {
    "intake": _intake, "matching": _matching, "notify": _notify, "audit": _audit,
}  # fmt: skip
