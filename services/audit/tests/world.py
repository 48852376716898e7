"""What tests look at a log with: give it records, sign, read it over HTTP as anybody would."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg

from ieum.audit.ledger import actions
from ieum.audit.ledger.verify import verify
from ieum.common.kafka.records import RawRecord
from ieum.common.kernel.clock import SystemClock
from ieum.common.local.secrets import ensure_secrets
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.service import prepare
from ieum.common.web.tokens import issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from ieum.audit.ledger.note import Checkpoint, Signer
    from ieum.audit.ledger.report import Report
    from ieum.common.service.app import Service

CONSUMER = Actor("service", "audit/audit-ledger")


@dataclass
class Log:
    """A running log without its consumer: records are given to it by the test."""

    service: Service
    client: httpx.AsyncClient
    signer: Signer
    secrets: Path
    offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    def record(
        self, topic: str = "intake-people", partition: int = 0, value: bytes | None = b"{}", **more: Any
    ) -> RawRecord:
        """The next record of a partition."""
        offset = self.offsets.get((topic, partition), 0)
        self.offsets[topic, partition] = offset + 1
        more.setdefault("headers", (("ce_id", str(uuid4()).encode()),))
        more.setdefault("key", b"k")
        more.setdefault("repeat", False)
        return RawRecord(topic=topic, partition=partition, offset=offset, value=value, **more)

    async def append(self, *records: RawRecord) -> None:
        async with self.service.database.unit_of_work(CONSUMER, purposes.AUDIT) as tx:
            await actions.append(tx, records)

    async def sign(self) -> int:
        async with self.service.database.unit_of_work(CONSUMER, purposes.AUDIT) as tx:
            return await actions.sign_checkpoint(tx, self.signer)

    async def get(self, path: str, role: str | None = None) -> httpx.Response:
        return await self.client.get(f"/audit/log/{path}", headers=self.headers(role))

    def headers(self, role: str | None) -> dict[str, str]:
        if role is None:
            return {}
        key = (self.secrets / "token_private.pem").read_bytes()
        token = issue(key, subject="kim", roles=[role], agency="daegu", minutes=5, now=SystemClock().now())
        return {"Authorization": f"Bearer {token}"}

    async def verify(self, since: Checkpoint | None = None) -> Report:
        """Verify over HTTP, as anybody would."""
        loop, log = asyncio.get_running_loop(), self

        class Source:
            def read(self, path: str) -> bytes:
                response = asyncio.run_coroutine_threadsafe(log.get(path), loop).result()
                if response.status_code == 404:
                    raise LookupError(path)
                return response.raise_for_status().content

        return await asyncio.to_thread(verify, Source(), self.signer.verifier, since)

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        """Rows as the service's role sees them in a unit of work of its consumer."""
        async with self.service.database.unit_of_work(CONSUMER, purposes.AUDIT) as tx:
            return await tx.fetch(sql, *arguments)


@asynccontextmanager
async def audit_database(postgres_dsn: str, secrets: Path) -> AsyncIterator[str]:
    """A migrated database with its two roles; gives the DSN of the application's role."""
    ensure_secrets(secrets)
    prefix = f"t{uuid4().hex[:8]}"
    password = (secrets / "postgres_audit").read_text(encoding="ascii")
    await prepare._prepare_database(postgres_dsn, "audit", password, prefix)
    try:
        yield prepare.service_dsn(postgres_dsn, "audit", password, prefix)
    finally:
        admin = await asyncpg.connect(postgres_dsn)
        await admin.execute(f'drop database "{prefix}_audit" with (force)')
        for role in (f"{prefix}_audit", f"{prefix}_audit_owner"):
            await admin.execute(f'drop owned by "{role}"')
            await admin.execute(f'drop role "{role}"')
        await admin.close()
