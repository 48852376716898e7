"""Kafka and Postgres in containers, at a port of this machine that stays the same over kill and start."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from testcontainers.core.container import DockerContainer

from ieum.common.local import kafka, ports, postgres
from ieum.common.local.waiting import run_blocking

if TYPE_CHECKING:
    from collections.abc import Callable

START_SECONDS = 120
POLL_SECONDS = 0.1
PASSWORD = "ieum"  # noqa: S105 - of a container that lives as long as a test run


class _Container:
    """A container whose server counts as started when it answers its own protocol."""

    def __init__(self, container: DockerContainer, ready: Callable[[], bool]) -> None:
        self._container = container
        self._ready = ready

    def __enter__(self) -> Self:
        self._container.start()
        try:
            self._wait()
        except BaseException:
            self._container.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._container.stop()

    def kill(self) -> None:
        """SIGKILL to the container's first process; returns when the container has stopped."""
        wrapped = self._container.get_wrapped_container()
        wrapped.kill("SIGKILL")
        wrapped.wait()

    def start(self) -> None:
        """Start the same container again: same port, same data."""
        self._container.get_wrapped_container().start()
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._container.image} was not ready in {START_SECONDS} s")
            time.sleep(POLL_SECONDS)


class KafkaContainer(_Container):
    """The image of Apache Kafka with one broker, which tells clients the port of this machine."""

    def __init__(self, image: str) -> None:
        port = ports.choose()
        self.bootstrap = f"127.0.0.1:{port}"
        container = DockerContainer(image).with_bind_ports(9092, port)
        for name, value in _broker(self.bootstrap).items():
            container.with_env(name, value)
        super().__init__(container, lambda: run_blocking(lambda: kafka.serves(self.bootstrap)))


class PostgresContainer(_Container):
    """The official image of Postgres."""

    def __init__(self, image: str) -> None:
        port = ports.choose()
        self.dsn = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres"
        container = DockerContainer(image).with_bind_ports(5432, port)
        container.with_env("POSTGRES_PASSWORD", PASSWORD)
        container.with_env("POSTGRES_INITDB_ARGS", "--locale=C.UTF-8 --encoding=UTF8")
        container.with_command("postgres -c max_connections=200")
        super().__init__(container, lambda: run_blocking(lambda: postgres.serves(self.dsn)))


def _broker(bootstrap: str) -> dict[str, str]:
    """The environment that the image turns into server.properties; it must be complete once one is given."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://localhost:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{bootstrap}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_BROKER_SESSION_TIMEOUT_MS": "2000",
        "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
    }
