"""One database for the run, emptied for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from .world import World, drop_database, empty, make_database, world


@dataclass(frozen=True)
class Prepared:
    dsn: str
    secrets: Path
    prefix: str


@pytest.fixture(scope="session")
def prepared(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    made = Prepared(postgres.dsn, tmp_path_factory.mktemp("intake") / "secrets", f"t{uuid4().hex[:8]}")
    asyncio.run(make_database(made.dsn, made.secrets, made.prefix))
    yield made
    asyncio.run(drop_database(made.dsn, made.prefix))


@pytest.fixture
async def intake(prepared: Prepared) -> AsyncIterator[World]:
    async with world(prepared.dsn, prepared.secrets, prepared.prefix) as made:
        await empty(made.admin_dsn)
        yield made
