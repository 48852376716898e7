"""A database of its own for each test, with the register of the project and keys held in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ieum.common.events.registry import Registry
from ieum.common.kernel.clock import ManualClock
from ieum.common.postgres.database import Database
from ieum.common.postgres.migrations import COMMON, migrate
from ieum.common.privacy.keys import PresentKey, newest

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Keys(dict[str, bytes]):
    """Keys by kid; what is taken out was destroyed."""

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:  # noqa: ARG002
        return {kid: self[kid] for kid in kids if kid in self}

    async def present(self, connection: object, names: Iterable[str]) -> Mapping[str, PresentKey]:  # noqa: ARG002
        kids = newest(self)
        return {name: PresentKey(kids[name], self[kids[name]]) for name in names if name in kids}


@dataclass
class World:
    database: Database
    keys: Keys

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        return await (await self.database.pool()).fetch(sql, *arguments)

    async def outbox(self) -> list[Any]:
        return await self.fetch("select * from outbox order by id")


@pytest.fixture
async def empty_dsn(postgres: Any) -> AsyncIterator[str]:
    """The DSN of an empty database."""
    name = f"test_{uuid4().hex[:10]}"
    admin = await asyncpg.connect(postgres.dsn)
    await admin.execute(f"create database {name}")
    yield f"{postgres.dsn.rpartition('/')[0]}/{name}"
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture
async def world(empty_dsn: str) -> AsyncIterator[World]:
    connection = await asyncpg.connect(empty_dsn)
    await migrate(connection, [COMMON])
    await connection.execute("create table thing (id int primary key, note jsonb)")
    await connection.close()
    keys = Keys()
    database = Database(
        empty_dsn, service="intake", source="/ieum/test/intake", clock=ManualClock(NOW),
        registry=Registry.load(), keys=keys,
    )  # fmt: skip
    yield World(database, keys)
    await database.close()
