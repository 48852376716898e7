"""The relay: the only publisher. It sends the outbox to Kafka in order, numbering what it sends.

One relay leads per database (an advisory lock). It claims a batch of committed rows, which durably
numbers them `epoch:n` in the claim's order, sends them, and deletes them with the next claim. A relay
that died between Kafka's acknowledgement and the deletion sends the same rows with the same numbers;
consumers drop what they saw. A database that was restored or made anew begins a new epoch, above every
earlier one, so new events are never taken for repeats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from pydantic_core import from_json

from ieum.common.kafka.options import PRODUCER
from ieum.common.kafka.records import POSITION
from ieum.common.kafka.sending import Row, send_in_order
from ieum.common.postgres.database import Database
from ieum.common.postgres.pool import AWAY, SERVER_SETTINGS

if TYPE_CHECKING:
    from asyncpg import Connection, Record

log = structlog.get_logger(__name__)

CLAIM_ROWS_MAX = 4_000
POLL_SECONDS = 0.05
STANDBY_SECONDS = 1.0
AWAY_DELAY_SECONDS = 0.5
LOCK = 0x1E0A

# Another server, timeline or database, or a table that was filled anew (pg_restore into the same database
# makes its file anew): whatever numbers this database gave out since are not in it.
_ORIGIN = """select concat_ws('/', s.system_identifier, c.timeline_id, d.oid, pg_relation_filenode('relay'))
from pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database()"""
# Milliseconds since 1970: a database made anew does not know the epochs of the one that was lost, and two
# may begin within one second.
_NEW_EPOCH = """update relay set epoch = greatest(epoch + 1, $2), next_n = 1, origin = $1
where origin <> $1"""
_DELETE = "delete from outbox where id = any((select claimed from relay)::bigint[])"
_CLAIM = """with batch as (select * from outbox order by id limit $1),
moved as (update relay set next_n = next_n + cardinality(claimed),
  claimed = coalesce((select array_agg(id order by id) from batch), '{}') returning epoch, next_n)
select batch.*, moved.epoch, moved.next_n from batch, moved order by batch.id"""
_RELEASE = "update relay set next_n = next_n + cardinality(claimed), claimed = '{}'"
_CLAIMED = """select outbox.*, relay.epoch, relay.next_n from relay, outbox
where outbox.id = any(relay.claimed) order by array_position(relay.claimed, outbox.id)"""


class Relay:
    """Sends one database's outbox for as long as this process leads; `run` ends after `stop`."""

    def __init__(self, database: Database, bootstrap: str) -> None:
        self.database = database
        self._bootstrap = bootstrap
        self._stopping = asyncio.Event()
        self._partitions = {t.name: t.partitions for t in database.registry.topics.values()}
        self.leading = False

    async def run(self) -> None:
        """Lead when nobody else does; begin again after any failure of Postgres or Kafka."""
        while not self._stopping.is_set():
            try:
                await self._once()
            except (*AWAY, KafkaError) as error:
                log.warning("relay begins again", error=type(error).__name__)
                await self._pause(AWAY_DELAY_SECONDS)

    def stop(self) -> None:
        """Send what is claimed, then end `run`."""
        self._stopping.set()
        self.database.published.set()

    async def _once(self) -> None:
        connection = await asyncpg.connect(
            self.database.dsn, timeout=5, command_timeout=60, server_settings=SERVER_SETTINGS
        )
        try:
            if not await connection.fetchval("select pg_try_advisory_lock($1)", LOCK):
                await self._pause(STANDBY_SECONDS)
                return
            producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap.split(","), **PRODUCER)
            try:
                await producer.start()
                self.leading = True
                await self._lead(connection, producer)
            finally:
                self.leading = False
                await producer.stop()
        finally:
            await connection.close(timeout=2)

    async def _lead(self, connection: Connection[Record], producer: AIOKafkaProducer) -> None:
        await self._finish_claim(connection, producer)
        origin, now = await connection.fetchval(_ORIGIN), self.database.clock.now()
        await connection.execute(_NEW_EPOCH, origin, int(now.timestamp() * 1000))
        sent_all = False
        while not (sent_all and self._stopping.is_set()):
            self.database.published.clear()
            rows = await self._turn(connection)
            await self._send(producer, rows)
            sent_all = not rows
            if sent_all:
                await self._wait(POLL_SECONDS)

    async def _finish_claim(self, connection: Connection[Record], producer: AIOKafkaProducer) -> None:
        """Send again, with its old numbers, what an earlier leader had claimed."""
        await self._send(producer, await connection.fetch(_CLAIMED))
        async with connection.transaction():
            await connection.execute(_DELETE)
            await connection.execute(_RELEASE)

    async def _turn(self, connection: Connection[Record]) -> list[Record]:
        """Delete what was sent and claim the next rows, in one transaction."""
        if not await connection.fetchval(
            "select exists (select from outbox) or (select claimed <> '{}' from relay)"
        ):
            return []
        async with connection.transaction():
            await connection.execute(_DELETE)
            return await connection.fetch(_CLAIM, CLAIM_ROWS_MAX)

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[Record]) -> None:
        numbered = [_numbered(row, index) for index, row in enumerate(rows)]
        keys = [row for row in numbered if row.topic == "intake-keys"]
        # A key must be readable before anything that is sealed under it.
        for part in (keys, [row for row in numbered if row.topic != "intake-keys"]):
            await send_in_order(producer, part, self._partitions)

    async def _pause(self, seconds: float) -> None:
        """Wait whatever is published meanwhile: it would make us ask a server that is away without a rest."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.database.published.wait(), seconds)
        except TimeoutError:
            return


def _numbered(row: Record, index: int) -> Row:
    headers: list[tuple[str, bytes]] = [(name, value.encode()) for name, value in from_json(row["headers"])]
    headers.append((POSITION, f"{row['epoch']}:{row['next_n'] + index}".encode()))
    return Row(row["topic"], row["key"].encode(), row["value"], headers, int(row["time"].timestamp() * 1000))


async def outbox_age_seconds(database: Database) -> float:
    """The age of the oldest row that waits; 0 for an empty outbox."""
    pool = await database.pool()
    oldest: Any = await pool.fetchval("select min(time) from outbox")
    return max(0.0, (database.clock.now() - oldest).total_seconds()) if oldest else 0.0
