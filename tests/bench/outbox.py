"""An outbox full of applications, as units of work would have left it."""

from __future__ import annotations

import json

import asyncpg

from ieum.common.postgres.outbox import COLUMNS

from .dataset import Submitted, applications


async def fill(dsn: str, count: int) -> None:
    """Put that many events into the outbox of a database."""
    connection = await asyncpg.connect(dsn)
    rows = [
        (Submitted.topic, each.key, each.time, json.dumps(each.headers), each.value)
        for each in applications(count)
    ]
    await connection.copy_records_to_table("outbox", columns=COLUMNS, records=rows)
    await connection.execute("vacuum analyze outbox")
    await connection.close()
