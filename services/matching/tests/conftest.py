"""One migrated database for all tests of matching; each test begins with it empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from .world import Place, World, matching_database, world


@pytest.fixture(scope="session")
def place(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with asyncio.Runner() as runner:
        database = matching_database(postgres.dsn, tmp_path_factory.mktemp("matching") / "secrets")
        yield runner.run(database.__aenter__())
        runner.run(database.__aexit__(None, None, None))


@pytest.fixture
async def matching(place: Place) -> AsyncIterator[World]:
    async with world(place) as made:
        yield made
