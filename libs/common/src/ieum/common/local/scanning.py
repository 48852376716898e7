"""Looking for private values in all that the servers and services keep: files, topics, dumps.

Files are read as they are: Kafka's segments (compressed batches are opened), Postgres's tables, WAL and
temporary files, logs. What Postgres compressed within a row (TOAST) is seen in the dump alone.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import unquote, urlsplit, urlunsplit

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.record import MemoryRecords

if TYPE_CHECKING:
    from ieum.common.local.needles import Needle

CHUNK_BYTES = 8 * 1024 * 1024
READ_MS = 1_000


@dataclass(frozen=True, order=True)
class Found:
    """A value in clear: where, which (by its number) and in what form. The value itself is not told."""

    place: str
    value: int
    form: str


@dataclass(frozen=True)
class Places:
    """Where to look: folders of servers' files and of logs, a broker, databases as a superuser."""

    folders: Sequence[Path] = ()
    kafka: str | None = None
    databases: Sequence[str] = ()
    pg_dump: Path = Path("pg_dump")


def scan_bytes(place: str, data: bytes, needles: Sequence[Needle]) -> set[Found]:
    """What of the needles is in these bytes."""
    if not data.strip(b"\0"):
        return set()
    return {Found(place, one.value, one.form) for one in needles if one.sought in data}


def scan_files(folder: Path, needles: Sequence[Needle]) -> set[Found]:
    """Every file beneath a folder; one that goes while it is read is gone."""
    found: set[Found] = set()
    for path in _files(folder):
        try:
            found |= _scan_file(path, needles)
        except FileNotFoundError:
            continue
    return found


async def scan_all(places: Places, needles: Sequence[Needle]) -> list[Found]:
    """All of these places; raises CalledProcessError where a database cannot be dumped."""
    found = await scan_topics(places.kafka, needles) if places.kafka else set()
    for folder in places.folders:
        found |= scan_files(folder, needles)
    for dsn in places.databases:
        parts = urlsplit(dsn)
        server = urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")))
        command = [str(places.pg_dump), f"--dbname={server}"]
        password = {"PGPASSWORD": unquote(parts.password or "")}  # not on the command line, for all to see
        found |= scan_dump(command, f"dump of {parts.path[1:]}", needles, password)
    return sorted(found)


def scan_dump(
    command: Sequence[str], place: str, needles: Sequence[Needle], variables: Mapping[str, str] | None = None
) -> set[Found]:
    """What a program writes, such as pg_dump, also what it writes of bytea as hex.

    Raises CalledProcessError where it fails.
    """
    found: set[Found] = set()
    environment = os.environ | dict(variables or {})
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        for chunk in _chunks(iter(lambda: process.stdout.read(CHUNK_BYTES), b""), _overlap(needles)):  # type: ignore[union-attr]
            found |= scan_bytes(place, chunk, needles)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command[0])
    return found


async def scan_topics(bootstrap: str, needles: Sequence[Needle]) -> set[Found]:
    """Every record of every topic, Kafka's own as well, from the beginning to its present end."""
    # Not `seek_to_beginning`: a search for the default place under way would win over it, and skip all.
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap.split(","), auto_offset_reset="earliest")
    await consumer.start()
    found: set[Found] = set()
    try:
        consumer.assign(await _partitions(bootstrap))
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            batches = await consumer.getmany(timeout_ms=READ_MS)
            for place, records in batches.items():
                text = b"\n".join(part for record in records for part in _parts(record))
                found |= scan_bytes(f"topic {place.topic}", text, needles)
    finally:
        await consumer.stop()
    return found


async def _partitions(bootstrap: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        found = await admin.describe_topics(sorted(await admin.list_topics()))
    finally:
        await admin.close()
    return [TopicPartition(each["topic"], part["partition"]) for each in found for part in each["partitions"]]


def _files(folder: Path) -> Iterator[Path]:
    for base, _, names in os.walk(folder):
        yield from (Path(base, name) for name in names)


def _scan_file(path: Path, needles: Sequence[Needle]) -> set[Found]:
    found: set[Found] = set()
    with path.open("rb") as file:
        for chunk in _chunks(_pieces(file), _overlap(needles)):
            found |= scan_bytes(str(path), chunk, needles)
    if path.suffix == ".log" and path.stem.isdecimal():
        for text in _decompressed(path.read_bytes()):
            found |= scan_bytes(f"{path} (compressed)", text, needles)
    return found


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """What a file holds, without its holes: Kafka's indexes are 10 MB each and hold next to nothing."""
    place, size = 0, os.fstat(file.fileno()).st_size
    while place < size:
        try:
            place = os.lseek(file.fileno(), place, os.SEEK_DATA)
            end = os.lseek(file.fileno(), place, os.SEEK_HOLE)
        except OSError:  # nothing but a hole is left
            return
        while place < end:
            piece = os.pread(file.fileno(), min(CHUNK_BYTES, end - place), place)
            if not piece:
                return
            yield piece
            place += len(piece)


def _decompressed(segment: bytes) -> Iterator[bytes]:
    """The records of a segment's compressed batches; what a crash cut off ends it."""
    records = MemoryRecords(segment)
    while records.has_next():
        batch = records.next_batch()
        if batch is None:
            return
        if getattr(batch, "compression_type", 0):
            yield b"\n".join(part for record in batch for part in _parts(record))


def _parts(record: Any) -> Iterator[bytes]:
    yield from (part for part in (record.key, record.value) if part)
    for name, value in record.headers:
        yield name.encode()
        yield value or b""


def _chunks(pieces: Iterable[bytes], overlap: int) -> Iterator[bytes]:
    """The pieces, each with the end of the one before: nothing hides at a seam."""
    end = b""
    for piece in pieces:
        yield end + piece
        end = (end + piece)[-overlap:]


def _overlap(needles: Sequence[Needle]) -> int:
    return max((len(one.sought) for one in needles), default=1)
