from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from .world import World, world


@pytest.fixture
async def small_world(kafka: Any, postgres: Any) -> AsyncIterator[World]:
    async with world(kafka.bootstrap, postgres.dsn) as made:
        yield made
