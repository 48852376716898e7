"""A log of its own for each test: the service as `app.py` wires it, on a real Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ieum.audit.app import build
from ieum.audit.settings import AuditSettings

from .world import Log, audit_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def log(postgres: Any, tmp_path: Path) -> AsyncIterator[Log]:
    async with audit_database(postgres.dsn, tmp_path / "secrets") as dsn:
        settings = AuditSettings(kafka="127.0.0.1:1", database=dsn, secrets=tmp_path / "secrets")
        service = build(settings)
        app = service.application()
        app.state.web.started = True  # no broker here: the consumer's work is done by the test
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://audit") as client:
            yield Log(service, client, settings.signer(), settings.secrets)
        await service.database.close()
