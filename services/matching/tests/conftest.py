from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from .world import World, world


@pytest.fixture
async def matching(postgres: Any, tmp_path: Path) -> AsyncIterator[World]:
    async with world(postgres.dsn, tmp_path) as made:
        yield made
