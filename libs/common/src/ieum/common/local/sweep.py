"""Writing tables anew, so that what was deleted is no longer in their files, nor in the WAL.

VACUUM alone gives the place of a deleted row free and leaves its bytes there; a table written anew has other
files. A WAL segment is removed at the checkpoint after it ended, where `wal_recycle` is off; a quiet server
ends none.
"""

from __future__ import annotations

import asyncio
from datetime import datetime

import asyncpg

from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.errors import Refusal

TABLES = ("person_key", "outbox")
"""Where wrapped keys lie."""

LOCK_TIMEOUT = "10s"
OLD_SECONDS = 60.0
POLL_SECONDS = 0.2

_OLD = """select count(*) from pg_stat_activity where datname = current_database()
and pid <> pg_backend_pid() and (backend_xmin is not null or backend_xid is not null) and xact_start <= $1"""


async def sweep(dsn: str) -> datetime:
    """Sweep intake's database and write down that it was done; gives when it ended.

    Raises Refusal 503 `old-transaction` where one that began before goes on for a minute: it still sees the
    deleted rows, so that they would be taken along.
    """
    connection = await asyncpg.connect(dsn)
    try:
        began: datetime = await connection.fetchval("select clock_timestamp()")
        await _wait_for_older(connection, began)
        await connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT}'")
        for table in TABLES:
            await connection.execute(f"vacuum (full) {table}")
        await connection.execute("select pg_switch_wal()")
        await connection.execute("checkpoint")
        ended: datetime = await connection.fetchval("select clock_timestamp()")
        await connection.execute("insert into key_sweep (began_at, ended_at) values ($1, $2)", began, ended)
    finally:
        await connection.close()
    return ended


async def _wait_for_older(connection: asyncpg.Connection[asyncpg.Record], began: datetime) -> None:
    waited_from = SystemClock().now()
    while await connection.fetchval(_OLD, began):
        if (SystemClock().now() - waited_from).total_seconds() > OLD_SECONDS:
            raise Refusal(
                "old-transaction",
                ko="오래된 트랜잭션이 끝나지 않아 지우지 못했습니다. 그것을 끝내고 다시 해 주십시오.",
                en="A transaction that began before does not end. End it and try again.",
                status=503,
            )
        await asyncio.sleep(POLL_SECONDS)
