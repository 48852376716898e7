"""The four services as applications in this process, each on a database of its own; no broker is there."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from ieum.common.kernel.clock import ManualClock, ShiftedClock, SystemClock
from ieum.common.local.secrets import ensure_secrets
from ieum.common.service import prepare
from ieum.common.service.app import Service
from ieum.common.service.run import complete
from ieum.common.web.tokens import issue

OPEN_DAY = datetime(2022, 2, 15, 3, 0, tzinfo=UTC)  # within the days of application of the sample programme
AGENCY = "daegu-youth-centre"


@dataclass(frozen=True)
class Served:
    """A service and what its routes are served by."""

    name: str
    service: Service
    app: Any
    secrets: Path

    def token(self, *roles: str, subject: str = "kim", agency: str | None = AGENCY) -> str:
        """A bearer token that holds for a day of the machine's time."""
        pem = (self.secrets / "token_private.pem").read_bytes()
        now = SystemClock().now()
        return issue(pem, subject=subject, roles=roles, agency=agency, name="김담당", minutes=1440, now=now)


@asynccontextmanager
async def database(postgres_dsn: str, name: str, secrets: Path) -> AsyncIterator[str]:
    """A migrated database with its two roles, gone at the end; gives the DSN of the application's role."""
    ensure_secrets(secrets)
    prefix = f"t{uuid4().hex[:8]}"
    password = (secrets / f"postgres_{name}").read_text(encoding="ascii").strip()
    await prepare._prepare_database(postgres_dsn, name, password, prefix)
    try:
        yield prepare.service_dsn(postgres_dsn, name, password, prefix)
    finally:
        admin = await asyncpg.connect(postgres_dsn)
        await admin.execute(f'drop database "{prefix}_{name}" with (force)')
        for role in (f"{prefix}_{name}", f"{prefix}_{name}_owner"):
            await admin.execute(f'drop owned by "{role}"')
            await admin.execute(f'drop role "{role}"')
        await admin.close()


def served(name: str, dsn: str, secrets: Path) -> Served:
    """The application that the service's process serves in development, its clock standing still."""
    settings = getattr(importlib.import_module(f"ieum.{name}.settings"), f"{name.capitalize()}Settings")
    build = importlib.import_module(f"ieum.{name}.app").build
    service: Service = complete(
        build(settings(kafka="127.0.0.1:1", database=dsn, secrets=secrets, mode="development"))
    )
    service.clock = service.database.clock = ShiftedClock(ManualClock(OPEN_DAY))
    service.draining = True  # a stream says what there is, and ends
    app = service.application()
    app.state.web.started = True
    return Served(name, service, app, secrets)
