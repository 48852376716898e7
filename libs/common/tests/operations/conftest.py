"""One small real service, served over HTTP beside a real Kafka and Postgres."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
import uvicorn

from ieum.common.kernel.errors import Refusal
from ieum.common.local.ports import choose
from ieum.common.local.secrets import ensure_secrets
from ieum.common.local.waiting import run_blocking
from ieum.common.service.app import Service
from ieum.common.service.prepare import SERVICES, prepare, service_dsn
from ieum.common.service.run import complete
from ieum.common.service.settings import ServiceSettings
from ieum.common.testing.outside import renew_topics

GROUP = "notify-contacts"


@dataclass
class Stack:
    """Servers with everything prepared, their secrets, and the databases' common prefix."""

    kafka: str
    postgres: str
    secrets: Path
    prefix: str

    def dsn(self, service: str) -> str:
        password = (self.secrets / f"postgres_{service}").read_text()
        return service_dsn(self.postgres, service, password, self.prefix)


@pytest.fixture(scope="module")
def stack(kafka: Any, postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    run_blocking(lambda: renew_topics(kafka.bootstrap))
    secrets = tmp_path_factory.mktemp("home") / "secrets"
    ensure_secrets(secrets)
    prefix = f"ops{uuid4().hex[:6]}"
    asyncio.run(prepare(postgres_dsn=postgres.dsn, kafka=kafka.bootstrap, secrets=secrets, prefix=prefix))
    yield Stack(kafka.bootstrap, postgres.dsn, secrets, prefix)
    asyncio.run(_remove(postgres.dsn, prefix))


async def _remove(dsn: str, prefix: str) -> None:
    admin = await asyncpg.connect(dsn)
    for service in SERVICES:
        await admin.execute(f'drop database "{prefix}_{service}" with (force)')
        for role in (f"{prefix}_{service}", f"{prefix}_{service}_owner"):
            await admin.execute(f'drop owned by "{role}"')
            await admin.execute(f'drop role "{role}"')
    await admin.close()


@dataclass
class Running:
    """The service's address and its database; `applied` tells which events its handler took."""

    url: str
    dsn: str
    secrets: Path
    applied: list[str]

    def sql(self, statement: str, *arguments: Any) -> Any:
        async def run() -> Any:
            connection = await asyncpg.connect(self.dsn)
            try:
                return await connection.fetch(statement, *arguments)
            finally:
                await connection.close()

        return asyncio.run(run())


@pytest.fixture(scope="module")
def running(stack: Stack) -> Iterator[Running]:
    port = choose(0)
    settings = ServiceSettings(
        kafka=stack.kafka, database=stack.dsn("notify"), secrets=stack.secrets, mode="development", port=port
    )
    applied: list[str] = []

    async def on_people(events: list[Any], _tx: Any) -> None:
        for event in events:
            if event.subject == "stubborn":
                raise Refusal("stubborn", ko="안 됩니다.", en="No.")
            applied.append(event.subject)

    def build() -> Service:
        service = Service("notify", settings)
        service.consume(GROUP, {"intake-people": on_people})
        return complete(service)

    server, thread = _serve(build, port)
    yield Running(f"http://127.0.0.1:{port}", stack.dsn("notify"), stack.secrets, applied)
    server.should_exit = True
    thread.join(20)


def _serve(build: Any, port: int) -> tuple[uvicorn.Server, threading.Thread]:
    holder: dict[str, uvicorn.Server] = {}
    made = threading.Event()

    def run() -> None:
        async def serve() -> None:
            config = uvicorn.Config(build().application(), port=port, log_config=None)
            holder["server"] = uvicorn.Server(config)
            made.set()
            await holder["server"].serve()

        asyncio.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    made.wait(20)
    _wait(f"http://127.0.0.1:{port}/readyz")
    return holder["server"], thread


def _wait(url: str) -> None:
    with httpx.Client(trust_env=False, transport=httpx.HTTPTransport(retries=50)) as client:
        for _ in range(300):
            answer = client.get(url)
            if answer.status_code == 200:
                return
            threading.Event().wait(0.1)
    raise AssertionError(f"{url} did not become ready: {answer.text}")
