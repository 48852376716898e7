"""Is everything in order? Connections, versions, clocks, encodings, topics, migrations, secrets.

Each check ends in findings, good or bad, that an operator can act on; none of them changes anything.
"""

from __future__ import annotations

import stat
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import httpx
from aiokafka.errors import KafkaError

from ieum.common.events.registry import Registry
from ieum.common.kafka import topics
from ieum.common.kernel.clock import Clock, SystemClock
from ieum.common.kernel.errors import Terminal
from ieum.common.postgres import migrations
from ieum.common.postgres.pool import AWAY
from ieum.common.service.dependencies import migration_folders

if TYPE_CHECKING:
    from asyncpg import Connection, Record

TIMEOUT_SECONDS = 5.0
SKEW_SECONDS_MAX = 1.0
HTTP_DATE_SECONDS = 3.0
"""An HTTP date is cut to whole seconds (RFC 9110, section 5.6.7), and a busy server renews it late."""
PYTHON_MIN = (3, 11)
POSTGRES_MIN = 15
SECRETS = ("kek", "search", "token_private.pem", "session_private.pem", "session_public.pem", "log_key")

# In the locale C, Hangul is no letter: then trigrams of Korean text are empty, and searching finds nothing.
_ABOUT = """select current_setting('server_version_num')::int / 10000 as major, clock_timestamp() as now,
  pg_encoding_to_char(encoding) as encoding, '가' ~ '^[[:alpha:]]$' as hangul
from pg_database where datname = current_database()"""


@dataclass(frozen=True)
class Target:
    """What is examined: Kafka's address, each service's DSN and URL (None: it does not run), the secrets."""

    kafka: str | None
    databases: Mapping[str, str]
    services: Mapping[str, str | None]
    secrets: Path
    clock: Clock = field(default_factory=SystemClock)


@dataclass(frozen=True)
class Finding:
    """One check's end, in both languages."""

    about: str
    ok: bool
    ko: str
    en: str


async def examine(target: Target) -> list[Finding]:
    """All findings, in the order: this machine, secrets, Kafka, databases, services."""
    found = [_python(), *_secrets(target.secrets)]
    found += [finding async for finding in _kafka(target.kafka)]
    for service, dsn in target.databases.items():
        found += [finding async for finding in _database(service, dsn, target.clock)]
    for service, url in target.services.items():
        found += [finding async for finding in _service(service, url, target.clock)]
    return found


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= PYTHON_MIN, f"버전 {version}", f"version {version}")


def _secrets(folder: Path) -> Iterator[Finding]:
    names = (*SECRETS, *(f"postgres_{service}" for service in ("intake", "matching", "notify", "audit")))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        listed = ", ".join(missing)
        yield Finding("secrets", False, f"비밀 파일이 없습니다: {listed}", f"files are missing: {listed}")
    loose = [path for path in (folder, *(folder / name for name in names)) if _open_to_others(path)]
    for path in loose:
        yield Finding(
            "secrets", False,
            f"{path.name}을(를) 다른 사용자가 읽을 수 있습니다. 권한을 0600으로 바꾸십시오.",
            f"others may read {path.name}: set its mode to 0600",
        )  # fmt: skip
    if not missing and not loose:
        yield Finding(
            "secrets", True, f"{len(names)}개, 소유자만 읽습니다", f"{len(names)}, for their owner alone"
        )


def _open_to_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


async def _kafka(address: str | None) -> AsyncIterator[Finding]:
    if address is None:
        yield Finding("kafka", False, "실행되고 있지 않습니다", "does not run")
        return
    try:
        cluster = await topics.cluster_id(address)
        drift = await topics.drift(address, Registry.load())
    except (KafkaError, OSError) as error:
        name = type(error).__name__
        yield Finding("kafka", False, f"연결할 수 없습니다 ({name})", f"cannot be reached ({name})")
        return
    yield Finding("kafka", True, f"{address}, 클러스터 {cluster}", f"{address}, cluster {cluster}")
    for sentence in drift:
        yield Finding("topics", False, f"등록부와 다릅니다: {sentence}", sentence)
    if not drift:
        yield Finding("topics", True, "등록부와 같습니다", "as in the register")


async def _database(service: str, dsn: str, clock: Clock) -> AsyncIterator[Finding]:
    about = f"postgres {service}"
    try:
        connection = await asyncpg.connect(dsn, timeout=TIMEOUT_SECONDS, command_timeout=TIMEOUT_SECONDS)
    except (*AWAY, asyncpg.PostgresError) as error:
        name = type(error).__name__
        yield Finding(about, False, f"연결할 수 없습니다 ({name})", f"cannot be reached ({name})")
        return
    try:
        before = clock.now()
        [row] = await connection.fetch(_ABOUT)
        skew = _skew(row["now"], before, clock.now())
        yield Finding(about, row["major"] >= POSTGRES_MIN, f"버전 {row['major']}", f"version {row['major']}")
        yield _clock(about, skew)
        yield Finding(
            about, row["encoding"] == "UTF8" and row["hangul"],
            f"인코딩 {row['encoding']}, 한글 {'인식함' if row['hangul'] else '인식하지 못함'}",
            f"encoding {row['encoding']}, its locale {'knows' if row['hangul'] else 'does not know'} Hangul",
        )  # fmt: skip
        yield await _migrations(about, service, connection)
    finally:
        await connection.close()


async def _migrations(about: str, service: str, connection: Connection[Record]) -> Finding:
    try:
        due = await migrations.pending(connection, migration_folders(service))
    except Terminal as error:
        return Finding(about, False, f"적용된 마이그레이션이 바뀌었습니다: {error.reason}", error.reason)
    if due:
        return Finding(
            about, False, f"적용하지 않은 마이그레이션 {len(due)}개: {due[0]}", f"{len(due)} to run: {due[0]}"
        )
    return Finding(about, True, "마이그레이션을 모두 적용했습니다", "all migrations have run")


async def _service(service: str, url: str | None, clock: Clock) -> AsyncIterator[Finding]:
    if url is None:
        yield Finding(service, False, "실행되고 있지 않습니다", "does not run")
        return
    try:
        # trust_env: a proxy set for the internet must not be asked for this machine.
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
            before = clock.now()
            response = await client.get(f"{url}/readyz")
            after = clock.now()
    except httpx.HTTPError as error:
        name = type(error).__name__
        yield Finding(service, False, f"응답하지 않습니다 ({name})", f"does not answer ({name})")
        return
    ready = response.status_code == httpx.codes.OK
    reasons = "" if ready else f": {response.text[:200]}"
    yield Finding(
        service, ready, f"{url} 준비됨" if ready else f"{url} 준비되지 않음{reasons}",
        f"{url} is ready" if ready else f"{url} is not ready{reasons}",
    )  # fmt: skip
    if date := response.headers.get("date"):
        earliest = before - timedelta(seconds=HTTP_DATE_SECONDS)
        yield _clock(service, _skew(parsedate_to_datetime(date), earliest, after))


def _skew(told: datetime, before: datetime, after: datetime) -> float:
    """Seconds by which a moment lies outside the time in which it was asked for; 0 within."""
    if told < before:
        return (told - before).total_seconds()
    return max(0.0, (told - after).total_seconds())


def _clock(about: str, skew: float) -> Finding:
    return Finding(
        about, abs(skew) <= SKEW_SECONDS_MAX, f"시계 차이 {skew:.1f}초", f"clock differs by {skew:.1f} s"
    )
