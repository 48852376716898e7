"""Databases for contestants: one each turn, with the common tables and one of effects."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg

from ieum.common.postgres.migrations import COMMON, migrate

# The effect of one event: its place and its bytes. The same columns for every contestant.
EFFECT = "create table effect (part int not null, offs bigint not null, key bytea, value bytea)"
COLUMNS = ("part", "offs", "key", "value")


@asynccontextmanager
async def database(superuser_dsn: str) -> AsyncIterator[str]:
    """The DSN of a fresh database, dropped at the end of the block."""
    name = f"bench_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(superuser_dsn)
    try:
        await admin.execute(f"create database {name}")
        dsn = f"{superuser_dsn.rpartition('/')[0]}/{name}"
        own = await asyncpg.connect(dsn)
        await migrate(own, [COMMON])
        await own.execute(EFFECT)
        await own.close()
        # What the last turn left to be written would be paid by this one.
        await admin.execute("checkpoint")
        yield dsn
    finally:
        await admin.execute(f"drop database if exists {name} with (force)")
        await admin.close()
