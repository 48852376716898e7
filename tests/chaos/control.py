"""The control beside Ieum, under the very same kills: a harness that does not see it fail is blind.

It has one partition and one consumer that takes one event after the other. So a number that has no row
though a later one has was lost or will come with the later ones doubled: either way its failure is certain.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ieum.common.local.processes import Process, spawn

from .control_consumer import TOPIC
from .supervisor import Victim

PER_SECOND = 50
TICK_SECONDS = 0.1
STOP_SECONDS = 5
_SEEN = """
select count(distinct number) as seen, count(*) - count(distinct number) as doubled,
  coalesce(max(number), 0) - count(distinct number) as lost from effect"""


@dataclass(frozen=True)
class Verdict:
    """How many events the control has applied, doubled, and passed over."""

    seen: int
    doubled: int
    lost: int

    @property
    def failed(self) -> bool:
        """Whether the harness sees the control lose or double events."""
        return self.doubled > 0 or self.lost > 0


@dataclass
class Control:
    """Produces the numbers 1, 2, 3 … and runs the consumer; `dsn` is a superuser's."""

    bootstrap: str
    dsn: str
    folder: Path
    sent: int = 0
    _process: Process | None = None
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def _database(self) -> str:
        return self.dsn.rpartition("/")[0] + "/control"

    async def prepare(self) -> None:
        """Make its topic and its database, and start the consumer."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
        await admin.close()
        for dsn, sql in (
            (self.dsn, "create database control"),
            (self._database, "create table effect (number int not null)"),
        ):
            connection = await asyncpg.connect(dsn)
            await connection.execute(sql)
            await connection.close()
        self.start()

    def start(self) -> None:
        """Start the consumer."""
        script = str(Path(__file__).with_name("control_consumer.py"))
        self._process = spawn(
            [sys.executable, script, self.bootstrap, self._database], log=self.folder / "control.log"
        )

    def kill(self) -> None:
        """`kill -9` of the consumer."""
        if self._process:
            self._process.kill()

    def with_victim(self, victim: Victim) -> Victim:
        """The same victim, with whose every kill the consumer is killed too."""

        def kill() -> None:
            self.kill()
            victim.kill()

        def start() -> None:
            self.start()
            victim.start()

        return Victim(kill, start, victim.alive)

    async def produce(self) -> None:
        """Send a bounded number of events a second, in order, until stopped; a broker away is waited for."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True, acks="all")
        await producer.start()
        try:
            while not self._stopping.is_set():
                numbers = range(self.sent + 1, self.sent + 1 + int(PER_SECOND * TICK_SECONDS))
                sendings = [await producer.send(TOPIC, str(number).encode()) for number in numbers]
                await asyncio.gather(*sendings)
                self.sent = numbers[-1]
                await asyncio.sleep(TICK_SECONDS)
        finally:
            # Where the broker is gone for good, the producer would wait for it for ever.
            await asyncio.wait([asyncio.ensure_future(producer.stop())], timeout=STOP_SECONDS)

    def stop(self) -> None:
        """End the sending."""
        self._stopping.set()

    async def verdict(self) -> Verdict:
        """What its table says now."""
        connection = await asyncpg.connect(self._database, timeout=5)
        try:
            [row] = await connection.fetch(_SEEN)
            return Verdict(**row)
        finally:
            await connection.close()

    async def until(self, *, failed: bool, seconds: float) -> Verdict:
        """Its verdict once it has applied something (or once it `failed`), or when time is up."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            found = await self.verdict()
            if (found.failed if failed else found.seen) or asyncio.get_running_loop().time() > deadline:
                return found
            await asyncio.sleep(TICK_SECONDS)
