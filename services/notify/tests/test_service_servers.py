"""The service as it runs: facts come over a real Kafka, mail goes to a real server, and it is killed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaProducer

from ieum.common.events.envelope import Attributes, Event, headers_of
from ieum.common.events.intake import PersonContact
from ieum.common.events.registry import Registry
from ieum.common.kafka import topics
from ieum.common.kernel.clock import SystemClock
from ieum.common.local.secrets import ensure_secrets
from ieum.common.privacy.keys import WRAP_ALG, KeyWrapper, kid_of
from ieum.common.privacy.objects import seal
from ieum.common.web.tokens import issue
from ieum.notify.app import build
from ieum.notify.settings import NotifySettings
from ieum.notify.sink.faults import FaultPlan
from ieum.notify.sink.maildir import Maildir
from ieum.notify.sink.server import listen

from .facts import firm, opening, programme, ranked, registered
from .world import own_database

pytestmark = pytest.mark.servers
SECONDS = 60


@dataclass
class Outside:
    """Intake's and matching's side of the topics, the mail server's folder, and a look into the database."""

    settings: NotifySettings
    admin_dsn: str
    producer: AIOKafkaProducer
    folder: Path

    async def send(self, *events: Event) -> None:
        """Publish facts, keyed by subject, and wait until Kafka has them."""
        sent = []
        for one in events:
            attributes = Attributes(
                id=one.id,
                source=one.source,
                time=one.time,
                subject=one.subject,
                sequence=one.sequence,
                correlation_id=one.correlation_id,
            )
            headers = [(name, value.encode()) for name, value in headers_of(one.type, attributes)]
            value = one.data.model_dump_json().encode()
            sent.append(await self.producer.send(one.topic, value, key=one.key, headers=headers))
        await asyncio.gather(*sent)

    async def people(self, count: int) -> list[UUID]:
        """Register people, their keys first."""
        wrapper = KeyWrapper(self.settings.secret("kek"))
        ids = [uuid4() for _ in range(count)]
        facts = []
        for person in ids:
            kid = kid_of(person, "contact")
            key, wrapped = wrapper.new()
            value = {"kid": kid, "alg": WRAP_ALG, "wrapped": b64encode(wrapped).decode()}
            await self.producer.send("intake-keys", json.dumps(value).encode(), key=kid.encode())
            contact = PersonContact(name="홍길동", email=f"{person}@example.kr")
            facts.append(registered(person, seal(contact, key, kid, uuid4())))
        await self.producer.flush()
        await self.send(*facts)
        return ids

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        admin = await asyncpg.connect(self.admin_dsn)
        try:
            return await admin.fetch(sql, *arguments)
        finally:
            await admin.close()

    async def sent_to(self, people: list[UUID]) -> int:
        sql = "select count(*) from message where recipient = any($1) and state = 'sent'"
        return int((await self.fetch(sql, people))[0][0])


@pytest.fixture
async def outside(empty_kafka: Any, postgres: Any, tmp_path: Path) -> AsyncIterator[Outside]:
    await topics.create(empty_kafka.bootstrap, Registry.load())
    ensure_secrets(tmp_path / "secrets")
    server = await listen(Maildir(tmp_path / "mail"), "127.0.0.1", 0, FaultPlan())
    producer = AIOKafkaProducer(bootstrap_servers=empty_kafka.bootstrap, enable_idempotence=True)
    await producer.start()
    async with own_database(postgres.dsn) as (dsn, admin_dsn):
        settings = NotifySettings(
            kafka=empty_kafka.bootstrap,
            database=dsn,
            secrets=tmp_path / "secrets",
            mode="development",
            smtp=f"127.0.0.1:{server.sockets[0].getsockname()[1]}",
            lease_seconds=10,
        )
        yield Outside(settings, admin_dsn, producer, tmp_path / "mail")
    await producer.stop()
    server.close()


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a condition holds; fails when it does not in time."""
    async with asyncio.timeout(SECONDS):
        while not await condition():  # noqa: ASYNC110 - the condition lies in other processes
            await asyncio.sleep(0.05)


def unique(events: list[Event]) -> list[Event]:
    """The same facts as another test's, as events of their own."""
    return [replace(one, id=uuid4()) for one in events]


async def test_facts_on_kafka_become_mail_and_staff_see_their_fate(outside: Outside) -> None:
    async with running(outside.settings) as client:
        [person] = await outside.people(1)
        application = uuid4()
        await outside.send(*unique([ranked(person, application), opening(), firm(), programme()]))
        await until(lambda: outside.sent_to([person]))
        [mail] = Maildir(outside.folder).headers()
        assert mail.recipients == [f"{person}@example.kr"]

        url = f"/notify/messages?person={person}"
        assert (await client.get(url)).status_code == 401
        assert (await client.get(url, headers=bearer(outside, "citizen"))).status_code == 403
        listed = (await client.get(url, headers=bearer(outside, "staff"))).json()["items"]
        fates = [(one["state"], one["purpose"], one["attempts"]) for one in listed]
        assert fates == [("sent", "submitted", 1)]
        assert listed[0]["address"] == f"{str(person)[0]}***@example.kr"
        assert listed[0]["message_id"] == mail.message["Message-ID"]
        one = await client.get(f"/notify/messages/{listed[0]['id']}", headers=bearer(outside, "staff"))
        assert one.json() == listed[0]
        unknown = await client.get(f"/notify/messages/{uuid4()}", headers=bearer(outside, "staff"))
        assert unknown.status_code == 404


@asynccontextmanager
async def running(settings: NotifySettings) -> AsyncIterator[httpx.AsyncClient]:
    service = build(settings)
    app = service.application()
    app.state.web.started = True
    await service.start()
    try:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://notify") as client:
            yield client
    finally:
        await service.stop()


def bearer(outside: Outside, role: str) -> dict[str, str]:
    key = (outside.settings.secrets / "token_private.pem").read_bytes()
    now = SystemClock().now()
    token = issue(key, subject="s", roles=[role], agency="daegu-youth-centre", minutes=5, now=now)
    return {"Authorization": f"Bearer {token}"}


async def test_killed_again_and_again_it_sends_every_message_and_tells_of_each_once(outside: Outside) -> None:
    """`kill -9` at random moments under load: nothing is missing, and every fact is told once.

    A mail may arrive twice, for a kill between the provider's answer and the commit, under one Message-ID.
    """
    chance = random.Random(7)
    people = await outside.people(300)
    await outside.send(*unique([programme(), firm(), opening()]))
    facts = unique([ranked(person, uuid4()) for person in people])
    process = await started(outside.settings)
    try:
        for turn in range(3):
            await outside.send(*facts[turn * 100 : turn * 100 + 100])
            reached = turn * 100 + chance.randrange(5, 60)
            await until(lambda reached=reached: _at_least(outside, people, reached))  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            await process.wait()
            process = await started(outside.settings)
        await until(lambda: _at_least(outside, people, 300))
        told = "select count(*) from outbox where topic = 'notify-messages'"
        await until(lambda: _empty(outside, told))
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 10) == 0
    ids = Counter(str(mail.message["Message-ID"]) for mail in Maildir(outside.folder).headers())
    assert len(ids) == 300
    assert ids.total() - 300 <= 3 * 50, "at most the batch in flight at each kill is repeated"
    rows = await outside.fetch("select state, version from message where recipient = any($1)", people)
    assert Counter((row["state"], row["version"]) for row in rows) == {("sent", 2): 300}


async def _at_least(outside: Outside, people: list[UUID], count: int) -> bool:
    return await outside.sent_to(people) >= count


async def _empty(outside: Outside, sql: str) -> bool:
    return (await outside.fetch(sql))[0][0] == 0


async def started(settings: NotifySettings) -> asyncio.subprocess.Process:
    given = {name: value for name, value in settings.model_dump().items() if value}
    environment = {f"IEUM_{name.upper()}": str(value) for name, value in given.items()}
    environment["IEUM_PORT"] = str(await free_port())
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ieum.notify", env={**os.environ, **environment}
    )


async def free_port() -> int:
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    return port
