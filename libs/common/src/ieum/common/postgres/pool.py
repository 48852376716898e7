"""The connection pool, with JSON as Python values and explicit limits."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import asyncpg
import orjson

if TYPE_CHECKING:
    from asyncpg import Connection, Pool, Record

CONNECT_TIMEOUT_SECONDS = 5.0
COMMAND_TIMEOUT_SECONDS = 60.0
# Compiling a plan takes 200 ms, more than any of our statements: without statistics Postgres would do it.
SERVER_SETTINGS = {"timezone": "UTC", "application_name": "ieum", "jit": "off"}

# What a call may raise when the server is away, shuts down, fails over or is out of connections.
# The work is whole again after a while: wait, do not blame the record.
_CERTAIN = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.DiskFullError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,
)
# These may as well be a fault of the work itself (asyncpg says InterfaceError for a closed connection and
# for a wrong argument): whoever must know asks the server whether it answers.
DOUBTFUL = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # also: a database that lets nobody in
)
AWAY = (*_CERTAIN, *DOUBTFUL)

# Kinds of AWAY that are mistakes of ours.
_OURS = (asyncpg.DataError, FileNotFoundError, PermissionError)

_dumps = partial(json.dumps, ensure_ascii=False, separators=(",", ":"), default=str)


def is_away(fault: BaseException) -> bool:
    """Whether the server is away or wants another try, and the work itself is not to blame."""
    return isinstance(fault, AWAY) and not isinstance(fault, _OURS)


async def _prepare(connection: Connection[Record]) -> None:
    await connection.set_type_codec("jsonb", encoder=_dumps, decoder=orjson.loads, schema="pg_catalog")


async def _keep(_connection: Connection[Record]) -> None:
    """Nothing to reset: settings are local to their transaction, locks too, and nobody listens."""


async def open_pool(dsn: str, *, size_max: int = 10) -> Pool[Record]:
    """A pool of at most `size_max` connections; raises one of AWAY when the server does not answer."""
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=size_max,
        init=_prepare,
        reset=_keep,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=COMMAND_TIMEOUT_SECONDS,
        server_settings=SERVER_SETTINGS,
    )
