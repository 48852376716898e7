"""A service's database: units of work over a pool that waits for the server to be there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ieum.common.events.registry import Registry
from ieum.common.kernel.clock import Clock
from ieum.common.kernel.ids import new_id
from ieum.common.postgres.pool import AWAY, open_pool
from ieum.common.postgres.transaction import Actor, Context, Tx
from ieum.common.privacy.keys import KeySource

if TYPE_CHECKING:
    from asyncpg import Pool, Record

ANSWER_TIMEOUT_SECONDS = 2.0

_ENTER = """select set_config('ieum.actor', $1, true), set_config('ieum.actor_kind', $2, true),
  set_config('ieum.agency', $3, true), set_config('ieum.purpose', $4, true),
  set_config('ieum.roles', $5, true), set_config('ieum.owner', $6, true), set_config('ieum.now', $7, true)"""


class Database:
    """One service's database. `source` is its CloudEvents source, `/ieum/<city>/<service>`."""

    def __init__(
        self, dsn: str, *, service: str, source: str, clock: Clock, registry: Registry, keys: KeySource
    ) -> None:
        self.dsn = dsn
        self.service = service
        self.source = source
        self.clock = clock
        self.registry = registry
        self.keys = keys
        self.published = asyncio.Event()  # a hint for the relay in this process: there is work
        self._pool: Pool[Record] | None = None
        self._opening = asyncio.Lock()

    async def pool(self) -> Pool[Record]:
        """The pool, opened at the first call; raises one of `pool.AWAY` while the server is away."""
        async with self._opening:
            if self._pool is None:
                self._pool = await open_pool(self.dsn)
            return self._pool

    @asynccontextmanager
    async def unit_of_work(
        self, actor: Actor, purpose: str, *, correlation_id: str | None = None
    ) -> AsyncIterator[Tx]:
        """One transaction: committed with its events at the end of the block, undone by an exception."""
        pool = await self.pool()
        async with pool.acquire() as connection, connection.transaction():
            context = Context(
                service=self.service,
                source=self.source,
                registry=self.registry,
                keys=self.keys,
                actor=actor,
                purpose=purpose,
                now=self.clock.now(),
                correlation_id=correlation_id or str(new_id(self.clock.now())),
            )
            who = (actor.id, actor.kind, actor.agency or "", purpose, ",".join(actor.roles), actor.owner)
            await connection.execute(_ENTER, *who, context.now.isoformat())
            tx = Tx(connection, context)  # type: ignore[arg-type]  # a pool's proxy of a connection
            yield tx
            published = await tx.flush()
        if published:
            self.published.set()

    async def answers(self) -> bool:
        """Whether the server answers now."""
        try:
            await (await self.pool()).fetchval("select 1", timeout=ANSWER_TIMEOUT_SECONDS)
        except AWAY:
            return False
        return True

    async def close(self) -> None:
        """Give the connections back, waiting for running work."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
