"""The key ring: keys to personal data as `intake-keys` has them, held in memory, wrapped.

A kid that is not there may be on its way: the topic is then read to its present end; still none means
that the key was destroyed. The relay has a key acknowledged before anything sealed under it is sent.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from ieum.common.kafka.wrapped import WrappedKeys
from ieum.common.kernel.errors import Retryable
from ieum.common.privacy.keys import PresentKey, Wrapper

if TYPE_CHECKING:
    from aiokafka.structs import ConsumerRecord

log = structlog.get_logger(__name__)

TOPIC = "intake-keys"
POLL_MS = 200
AWAY_DELAY_SECONDS = 0.5
RECORDS_MAX = 500  # a record in memory is a hundred times its key


class KeyRing:
    """Reads all of `intake-keys` with no group and follows it; `fetch` waits for its present end."""

    def __init__(self, bootstrap: str, wrapper: Wrapper) -> None:
        self._bootstrap = bootstrap
        self._wrapper = wrapper
        self._wrapped = WrappedKeys()
        self._positions: dict[TopicPartition, int] = {}
        self._consumer: AIOKafkaConsumer | None = None
        self._moved = asyncio.Condition()
        self._connected = asyncio.Event()
        self._stopping = False
        self.ready = False

    async def run(self) -> None:
        """Follow the topic until stopped; a broker that is away is waited for."""
        while not self._stopping:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap.split(","),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            try:
                await consumer.start()
                await self._follow(consumer)
            except (KafkaError, OSError) as error:
                log.warning("key ring waits for the broker", error=type(error).__name__)
                await asyncio.sleep(AWAY_DELAY_SECONDS)
            finally:
                self._consumer = None
                self._connected.clear()
                await consumer.stop()
        self._connected.set()
        async with self._moved:
            self._moved.notify_all()

    def stop(self) -> None:
        """End `run` after the poll at hand."""
        self._stopping = True
        self._connected.set()

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:  # noqa: ARG002
        """The keys by kid, after reading to the topic's present end if any is missing; or Retryable."""
        wanted = list(kids)
        if any(kid not in self._wrapped for kid in wanted):
            await self._catch_up()
        found = ((kid, self._wrapped.get(kid)) for kid in wanted)
        return {kid: self._wrapper.unwrap(wrapped) for kid, wrapped in found if wrapped is not None}

    async def present(self, connection: object, names: Iterable[str]) -> Mapping[str, PresentKey]:  # noqa: ARG002
        """The newest generations by key name, after reading to the present end as `fetch` does."""
        wanted = list(names)
        if any(self._wrapped.newest(name) is None for name in wanted):
            await self._catch_up()
        found = ((name, self._wrapped.newest(name)) for name in wanted)
        return {name: PresentKey(one[0], self._wrapper.unwrap(one[1])) for name, one in found if one}

    async def missing(self, kids: Iterable[str]) -> list[str]:
        """Which of these kids the topic has no key for, at its present end; raises Retryable when stopped."""
        await self._catch_up()
        return [kid for kid in kids if kid not in self._wrapped]

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        partitions = [
            TopicPartition(TOPIC, p)
            for p in sorted(consumer.partitions_for_topic(TOPIC) or await _discover(consumer))
        ]
        consumer.assign(partitions)
        self._positions = dict.fromkeys(partitions, 0)
        await consumer.seek_to_beginning(*partitions)
        self._consumer = consumer
        self._connected.set()
        ends = await consumer.end_offsets(partitions)
        while not self._stopping:
            batches = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_MAX)
            async with self._moved:
                for records in batches.values():
                    for record in records:
                        self._take(record)
                for partition in partitions:
                    self._positions[partition] = await consumer.position(partition)
                self._moved.notify_all()
            del batches  # not to be held until the next key comes
            if not self.ready:
                self.ready = self._read_to(ends)

    def _take(self, record: ConsumerRecord[bytes, bytes]) -> None:
        kid = (record.key or b"").decode(errors="replace")
        if record.value is None:
            self._wrapped.drop(kid)
            return
        try:
            self._wrapped.put(kid, b64decode(json.loads(record.value)["wrapped"], validate=True))
        except (ValueError, KeyError, TypeError):  # one bad record must not lock everybody out
            log.error("unreadable key", partition=record.partition, offset=record.offset)  # noqa: TRY400

    async def _catch_up(self) -> None:
        """Read to the present end; raises Retryable when it stops first, as missing would mean destroyed."""
        await self._connected.wait()
        if self._consumer is not None:
            ends = await self._consumer.end_offsets(list(self._positions))
            async with self._moved:
                await self._moved.wait_for(lambda: self._stopping or self._read_to(ends))
        if self._stopping:
            raise Retryable("the key ring stops")

    def _read_to(self, ends: Mapping[TopicPartition, int]) -> bool:
        return all(self._positions.get(partition, 0) >= end for partition, end in ends.items())


async def _discover(consumer: AIOKafkaConsumer) -> set[int]:
    """The topic's partitions, waiting until the topic is there."""
    while True:
        await consumer._client.add_topic(TOPIC)  # noqa: SLF001 - no public way to ask without a subscription
        found = consumer.partitions_for_topic(TOPIC)
        if found:
            return set(found)
        await asyncio.sleep(AWAY_DELAY_SECONDS)
