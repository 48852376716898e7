"""A world with a provider, and browsers that sign in there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from ieum.common.kernel.clock import ManualClock, SystemClock

from .conftest import Prepared
from .provider import Browser, Liar, liar
from .world import World, empty, world

ORIGIN = "http://127.0.0.1:8000"


@pytest.fixture
def provider() -> Iterator[Liar]:
    with liar() as played:
        yield played


@asynccontextmanager
async def signing_world(prepared: Prepared, issuer: str, **more: Any) -> AsyncIterator[World]:
    """Intake with that provider; the clock of sessions stands at the machine's time until it is moved."""
    async with world(
        prepared.dsn, prepared.secrets, prepared.prefix, oidc_issuer=issuer, web_origin=ORIGIN, **more
    ) as made:
        await empty(made.admin_dsn)
        made.app.state.web.clock = ManualClock(SystemClock().now())
        yield made


@pytest.fixture
async def signing(prepared: Prepared, provider: Liar) -> AsyncIterator[World]:
    async with signing_world(prepared, provider.url) as made:
        yield made


def browser(made: World) -> Browser:
    transport = httpx.ASGITransport(app=made.app)
    return Browser(made, httpx.AsyncClient(transport=transport, base_url=ORIGIN))
