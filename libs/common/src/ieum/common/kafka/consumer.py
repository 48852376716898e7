"""A consumer group's reader in this process. FastStream declares it and owns its life; the loop is ours.

FastStream's own loop acknowledges messages; here offsets live in Postgres with the effect, a failing
record is found by bisection, tried again for a bounded time, then parked, and nobody else waits for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka import ConsumerRebalanceListener
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError

from ieum.common.kafka import offsets
from ieum.common.kafka.applying import Applier
from ieum.common.kafka.delays import Delays
from ieum.common.kafka.fence import Batches, Gap
from ieum.common.kafka.options import PROMPT, SUBSCRIBER, Pace
from ieum.common.kafka.topics import cluster_id
from ieum.common.kernel import collector
from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.errors import Refusal, Terminal
from ieum.common.kernel.retry import RetryPolicy
from ieum.common.postgres.pool import AWAY, DOUBTFUL

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer
    from aiokafka.structs import ConsumerRecord, TopicPartition
    from faststream.kafka import KafkaBroker

_machine = SystemClock()  # delays are spent in real time, however far development moves its clock
log = structlog.get_logger(__name__)

FETCH_TIMEOUT_MS = 200
AWAY_DELAY_SECONDS = 0.5
STALLED_AFTER_SECONDS = 60.0
HINT_INTERVAL_SECONDS = 5.0


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Reads the topics of one group and applies them; `halted` says why it stopped for good."""

    def __init__(
        self,
        broker: KafkaBroker,
        bootstrap: str,
        applier: Applier,
        topics: Sequence[str],
        *,
        member: str,
        policy: RetryPolicy | None = None,
        pace: Pace = PROMPT,
    ) -> None:
        self.applier = applier
        self.group = applier.group
        self.topics = topics
        self.halted: str | None = None
        self.broker_error: str | None = None
        self._subscriber = broker.subscriber(
            *topics,
            group_id=self.group,
            group_instance_id=instance_id(member, topics),
            listener=self,
            **SUBSCRIBER | pace.subscriber,
        )
        self._bootstrap = bootstrap
        self._records_max = pace.records_max
        self._cluster = ""
        self._stopping = asyncio.Event()
        self._delays = Delays(policy or RetryPolicy())
        self._known_gaps: frozenset[tuple[TopicPartition, int]] = frozenset()
        self._next: dict[TopicPartition, int] = {}
        self._progressed_at = time.monotonic()
        self._hinted_at = 0.0

    @property
    def _kafka(self) -> AIOKafkaConsumer:
        assert self._subscriber.consumer is not None, "read only between start and stop"  # noqa: S101
        return self._subscriber.consumer

    async def run(self) -> None:
        """Read until stopped; a broker that is away is waited for; Terminal halts the reading."""
        while not self._stopping.is_set():
            try:
                self._cluster = await cluster_id(self._bootstrap)
                await self._subscriber.start()
                self.broker_error = None
                await self._read()
            except Terminal as error:
                self.halted = error.reason
                log.error("consumer halted", group=self.group, reason=error.reason)  # noqa: TRY400 - no trace
                await self._stopping.wait()
            except (KafkaError, ConsumerStoppedError, OSError) as error:
                self.broker_error = type(error).__name__
                log.warning("broker away", group=self.group, error=self.broker_error)
                await self._pause(AWAY_DELAY_SECONDS)
            finally:
                await self._subscriber.stop()

    def stop(self) -> None:
        """Finish the batch at hand, then end `run`."""
        self._stopping.set()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Forget the delays of partitions that go; the fence does the rest."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Begin each partition where Postgres says, waiting for Postgres if need be."""
        partitions = set(assigned)
        self._delays.keep_only(set(partitions))
        self._next = {}
        while partitions and not self._stopping.is_set():
            try:
                await self._seek(partitions)
            except Terminal as error:  # aiokafka swallows what a listener raises
                self.halted = error.reason
                return
            except Exception as error:  # noqa: BLE001 - reading must not begin without its place
                log.warning("no offsets yet", group=self.group, error=type(error).__name__)
                await self._pause(AWAY_DELAY_SECONDS)
            else:
                return

    async def _seek(self, partitions: set[TopicPartition]) -> None:
        async with self.applier.unit_of_work() as tx:
            places = await offsets.stored(tx, self.group, self._cluster, partitions)
        offsets.check_ends(self.group, places, await self._kafka.end_offsets(partitions))
        for partition, offset in places.items():
            self._kafka.seek(partition, offset)
        self._next = places

    async def _read(self) -> None:
        while not self._stopping.is_set():
            if self.halted:
                raise Terminal(self.halted)
            for partition in self._delays.due(_machine.now()):
                self._on_partition(self._kafka.resume, partition)
            await self._turn()
            await self._hint()

    async def _turn(self) -> None:
        batches = await self._kafka.getmany(timeout_ms=FETCH_TIMEOUT_MS, max_records=self._records_max)
        if batches and not self._next:
            return  # Fetched before our place was known: it comes again from there.
        if batches:
            # A gap is real only where nothing comes when it is read from its beginning.
            self._known_gaps = frozenset(
                gap for gap in self._known_gaps if gap[0] not in batches or batches[gap[0]][0].offset > gap[1]
            )
            with collector.paused():
                await self._process(batches)
        if batches or not any(self.lag().values()):
            # Nothing to read is no standstill: the first record after a quiet night must not look like one.
            self._progressed_at = time.monotonic()

    async def _process(self, batches: Batches) -> None:
        try:
            await self._insist(lambda: self.applier.apply(batches, self._known_gaps))
        except ConsumerStoppedError:
            raise
        except Gap as gap:
            self._known_gaps |= {(gap.partition, gap.offset)}
            for partition, records in batches.items():
                at = gap.offset if partition == gap.partition else records[0].offset
                self._on_partition(self._kafka.seek, partition, at)
        except Terminal as error:
            await self._bisect(batches, error)
        except Exception as error:  # noqa: BLE001 - the edge: whatever a handler raises is decided here
            await self._bisect(batches, error)
        else:
            for partition, records in batches.items():
                self._passed(partition, records[-1].offset + 1)

    async def _insist(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it as soon as the servers are there; raises ConsumerStoppedError where we are to stop first."""
        while True:
            try:
                return await work()
            except (*AWAY, KafkaError) as error:
                if isinstance(error, DOUBTFUL) and await self.applier.database.answers():
                    raise  # the work itself fails
                log.warning("server away", group=self.group, error=type(error).__name__)
                self._progressed_at = time.monotonic()  # waiting is no standstill: a restart would not help
                if self._stopping.is_set():
                    raise ConsumerStoppedError from error
                with collector.lifted():
                    await self._pause(AWAY_DELAY_SECONDS)

    async def _bisect(self, batches: Batches, error: Exception) -> None:
        if sum(map(len, batches.values())) == 1:
            [(partition, [record])] = batches.items()
            return await self._alone(partition, record, error)
        first, second = _halves(batches)
        await self._process(first)
        rest = {
            p: records for p, records in second.items() if not self._delays.holds_back(p, records[0].offset)
        }
        if rest:
            await self._process(rest)
        return None

    async def _alone(
        self, partition: TopicPartition, record: ConsumerRecord[Any, Any], error: Exception
    ) -> None:
        hopeless = isinstance(error, Refusal | Terminal)
        delay = None if hopeless else self._delays.failed(partition, record.offset, _machine.now())
        if delay is not None:
            self._on_partition(self._kafka.seek, partition, record.offset)
            self._on_partition(self._kafka.pause, partition)
            return
        reason = error.code if isinstance(error, Refusal) else _reason(error)
        log.error("record parked", group=self.group, topic=record.topic, offset=record.offset, reason=reason)
        await self._insist(lambda: self.applier.park(partition, record, reason))
        self._passed(partition, record.offset + 1)

    def _passed(self, partition: TopicPartition, next_offset: int) -> None:
        self._delays.passed(partition, next_offset)
        if partition in self._next:  # or it was revoked meanwhile, or its place is being asked for
            self._next[partition] = next_offset

    async def _hint(self) -> None:
        """Tell Kafka now and then where we are: for people's monitors only, nothing depends on it."""
        if self._next and time.monotonic() - self._hinted_at > HINT_INTERVAL_SECONDS:
            self._hinted_at = time.monotonic()
            assigned = self._kafka.assignment()
            try:
                await self._kafka.commit({p: at for p, at in self._next.items() if p in assigned})
            except (KafkaError, IllegalStateError) as error:
                log.info("no hint to Kafka", group=self.group, error=type(error).__name__)

    def lag(self) -> dict[TopicPartition, int]:
        """Records not yet applied, by assigned partition, as far as this reader knows."""
        consumer = self._subscriber.consumer
        if consumer is None:
            return {}
        ends = {p: consumer.highwater(p) for p in consumer.assignment()}
        return {p: max(0, end - self._next.get(p, end)) for p, end in ends.items() if end is not None}

    def stalled(self) -> bool:
        """No progress for a while although there is something to read."""
        idle = time.monotonic() - self._progressed_at
        return idle > STALLED_AFTER_SECONDS and any(self.lag().values())

    def ready(self) -> str | None:
        """Why this reader is not ready; None when it is."""
        if self.halted or self.broker_error:
            return self.halted or f"broker away ({self.broker_error})"
        return None if self._next else "no partitions assigned yet"

    @staticmethod
    def _on_partition(action: Any, partition: Any, *arguments: Any) -> None:
        try:
            action(partition, *arguments)
        except IllegalStateError:
            log.info("partition has gone to another reader", partition=str(partition))

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def instance_id(member: str, topics: Sequence[str]) -> str:
    """The static member's name at the broker; another one when it reads other topics.

    A static member that comes back gets its old assignment, whatever it subscribes to by then: a topic
    that a new version adds would never be read.
    """
    return f"{member}-{sha256(','.join(sorted(topics)).encode()).hexdigest()[:8]}"


def _halves(batches: Batches) -> tuple[Batches, Batches]:
    """Two parts with the offset order kept: by partition where there are several, else by record."""
    items = list(batches.items())
    if len(items) > 1:
        middle = len(items) // 2
        return dict(items[:middle]), dict(items[middle:])
    [(partition, records)] = items
    middle = len(records) // 2
    return {partition: records[:middle]}, {partition: records[middle:]}


def _reason(error: Exception) -> str:
    """A reason for the dead letters: the class and, where it is our own word, the text; never data."""
    return error.reason if isinstance(error, Terminal) else type(error).__name__
