"""One migrated database for all tests of matching; each test begins with it empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ieum.matching.assignment import api as assignment
from ieum.matching.assignment.domain import Instance
from ieum.matching.assignment.solving import solve
from ieum.matching.rounds import apart, running
from ieum.matching.rounds.apart import Computation

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


@pytest.fixture
def processes() -> None:
    """For tests of what happens to the processes that compute."""


@pytest.fixture(autouse=True)
def computed_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in threads, elsewhere: starting a process takes a second, of which a small round needs none."""
    if "processes" not in request.fixturenames:
        monkeypatch.setattr(running, "apart", _here)
        monkeypatch.setattr(apart, "apart", _here)
        monkeypatch.setattr(assignment, "solve_apart", _solve_here)


@contextmanager
def _here(seconds_max: float) -> Iterator[Computation]:
    until = asyncio.get_running_loop().time() + seconds_max
    with TemporaryDirectory() as name:

        def do(function: Any) -> asyncio.Future[Any]:
            return asyncio.ensure_future(asyncio.to_thread(function, Path(name)))

        yield Computation(Path(name), do, do, until)


async def _solve_here(instance: Instance, _seconds_max: float) -> dict[str, str]:
    return await asyncio.to_thread(solve, instance)
