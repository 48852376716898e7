"""A local Kafka: the real one, killed and brought back."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from ieum.common.kernel.errors import Refusal
from ieum.common.local.home import Home
from ieum.common.local.java import kafka_libs
from ieum.common.local.kafka import KafkaServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.servers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KafkaServer]:
    server = KafkaServer(tmp_path / "kafka", libs=kafka_libs(Home.find()), port=None)
    yield server
    server.kill()


async def _write(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, value)


async def _read(bootstrap: str, topic: str, count: int) -> list[bytes | None]:
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", group_id="local-test"
    ) as consumer:
        return [(await consumer.getone()).value for _ in range(count)]


async def _make_topic(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def test_records_outlive_a_kill_and_a_restart_at_the_same_address(server: KafkaServer) -> None:
    """Idempotent writes and a consumer group work before and after `kill -9` and an orderly restart."""
    server.start()
    address = server.bootstrap
    await _make_topic(address, "facts")
    await _write(address, "facts", b"before")
    server.kill()
    assert server.process is None
    assert not server.is_ready()
    server.start()
    assert server.bootstrap == address
    await _write(address, "facts", b"after the kill")
    first = server.process
    server.restart()
    assert server.process != first
    await _write(address, "facts", b"after the restart")
    assert await _read(address, "facts", 3) == [b"before", b"after the kill", b"after the restart"]


async def test_a_second_start_leaves_alone_what_runs_and_topics_are_not_made_unasked(
    server: KafkaServer,
) -> None:
    server.start()
    first = server.process
    KafkaServer(server.folder, libs=kafka_libs(Home.find())).start()
    assert server.process == first
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
    await admin.start()
    try:
        (described,) = await admin.describe_topics(["never-made"])
        assert described["error_code"] == UnknownTopicOrPartitionError.errno
        assert await admin.list_topics() == []
    finally:
        await admin.close()


def test_another_port_is_taken_where_the_documented_one_is_in_use(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        used = holder.getsockname()[1]
        server = KafkaServer(tmp_path / "kafka", libs=kafka_libs(Home.find()), port=used)
        try:
            server.start()
            assert server.bootstrap != f"127.0.0.1:{used}"
        finally:
            server.stop()


def test_what_does_not_start_is_refused_with_the_end_of_its_log(tmp_path: Path) -> None:
    server = KafkaServer(tmp_path / "kafka", libs=tmp_path, port=None)
    with pytest.raises(Refusal, match="ClassNotFoundException"):
        server.start()
    assert server.process is None
