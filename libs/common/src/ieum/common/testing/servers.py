"""A real Kafka and a real Postgres for tests, from the first of: the environment, Docker, this machine.

    with kafka_server() as kafka, postgres_server() as postgres:
        kafka.bootstrap, postgres.dsn
        kafka.kill(); kafka.start()   # on the same address and data

Servers given by `IEUM_KAFKA` and `IEUM_POSTGRES` belong to others: they are neither killed nor stopped.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ieum.common.local.settings import LocalSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
DOCKER_SECONDS = 20


class Killable(Protocol):
    """A server that a test may crash and bring back."""

    def kill(self) -> None:
        """`kill -9`; returns when it is gone. RuntimeError where the server belongs to somebody else."""
        ...

    def start(self) -> None:
        """Bring it back on the same address and data; returns when it serves."""
        ...


class Kafka(Killable, Protocol):
    """A broker."""

    @property
    def bootstrap(self) -> str:
        """Its address, host:port."""
        ...


class Postgres(Killable, Protocol):
    """A database server."""

    @property
    def dsn(self) -> str:
        """A superuser's DSN."""
        ...


@contextmanager
def kafka_server() -> Iterator[Kafka]:
    """A broker while the block runs."""
    given = LocalSettings().kafka
    if given:
        yield Given(bootstrap=given)
    elif docker_answers():
        from ieum.common.testing.containers import KafkaContainer

        with KafkaContainer(KAFKA_IMAGE) as container:
            yield container
    else:
        with _local_kafka() as server:
            yield server


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A database server while the block runs."""
    given = LocalSettings().postgres
    if given:
        yield Given(dsn=given)
    elif docker_answers():
        from ieum.common.testing.containers import PostgresContainer

        with PostgresContainer(POSTGRES_IMAGE) as container:
            yield container
    else:
        with _local_postgres() as server:
            yield server


@dataclass(frozen=True)
class Given:
    """A server of others, by its address."""

    bootstrap: str = ""
    dsn: str = ""

    def kill(self) -> None:
        """Never: raises RuntimeError."""
        raise RuntimeError("a server that the environment names is not ours to kill")

    def start(self) -> None:
        """Nothing to do: it runs."""


@functools.cache
def docker_answers() -> bool:
    """Whether an engine answers; that the program is there proves nothing."""
    if shutil.which("docker") is None:
        return False
    try:
        result = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=DOCKER_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return result.returncode == 0


@contextmanager
def _local_kafka() -> Iterator[Kafka]:
    from ieum.common.local.home import Home
    from ieum.common.local.java import kafka_libs
    from ieum.common.local.kafka import KafkaServer

    with tempfile.TemporaryDirectory(prefix="ieum-kafka-") as folder:
        server = KafkaServer(Path(folder), libs=kafka_libs(Home.find()), port=None)
        try:
            server.start()
            yield server
        finally:
            server.kill()


@contextmanager
def _local_postgres() -> Iterator[Postgres]:
    from ieum.common.local.postgres import PostgresServer

    with tempfile.TemporaryDirectory(prefix="ieum-postgres-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder), port=None)
        try:
            server.start()
            yield server
        finally:
            server.remove()
