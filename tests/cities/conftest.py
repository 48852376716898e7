"""One intake database for all programmes of all packs: each has an id of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from services.intake.tests.world import drop_database, make_database


@dataclass(frozen=True)
class Prepared:
    dsn: str
    secrets: Path
    prefix: str


@pytest.fixture(scope="session")
def database(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    made = Prepared(postgres.dsn, tmp_path_factory.mktemp("cities") / "secrets", f"t{uuid4().hex[:8]}")
    asyncio.run(make_database(made.dsn, made.secrets, made.prefix))
    yield made
    asyncio.run(drop_database(made.dsn, made.prefix))
