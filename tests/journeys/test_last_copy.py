"""The wrapped key itself goes: from Kafka's files once they are cleaned, from Postgres's once it is swept.

The topic's settings are made short for this, so that an hour's wait is some seconds; what they wait for is
the same.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from ieum.common.events.registry import Registry
from ieum.common.kafka.topics import config_of
from ieum.common.local.kafka import KafkaServer
from ieum.common.local.needles import Needle
from ieum.common.local.postgres import PostgresServer
from ieum.common.local.scanning import scan_files
from ieum.common.local.sweep import sweep
from ieum.common.local.waiting import run_blocking
from ieum.common.testing.builders import Market, key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ieum.common.testing.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.long, pytest.mark.timeout(300)]

SHORT = {
    "segment.ms": "1000", "max.compaction.lag.ms": "1000", "file.delete.delay.ms": "500",
    "min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "1000", "cleanup.policy": "compact",
}  # fmt: skip


@pytest.fixture
def short_lag(platform: Platform) -> Iterator[None]:
    """The topic of keys, cleaned within seconds."""
    run_blocking(lambda: _set(platform, SHORT))
    yield
    run_blocking(lambda: _set(platform, config_of(Registry.load().topic("intake-keys"))))


async def _set(platform: Platform, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.kafka.bootstrap)
    await admin.start()
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "intake-keys", settings)])
    await admin.close()


@pytest.mark.usefixtures("short_lag")
def test_after_its_day_the_wrapped_key_is_in_no_file_any_more(platform: Platform) -> None:
    """Found in the files of both servers before and right after; then in those of neither."""
    if not (isinstance(platform.kafka, KafkaServer) and isinstance(platform.postgres, PostgresServer)):
        pytest.skip("the servers' files are not on this machine")
    data = platform.postgres.data
    assert data is not None
    person = Market(platform, {"L-1": 1}).apply("L-1").person
    sql = "select wrapped from person_key where person = $1::text::uuid and record_class = 'contact'"
    [(wrapped,)] = [row.values() for row in platform.rows("intake", sql, person)]
    sought = [Needle(wrapped, 0, "bytes"), Needle(b64encode(wrapped), 0, "base64")]
    platform.settled()
    platform.rows("intake", "checkpoint")
    assert scan_files(platform.kafka.folder, sought)
    assert "base" in _parts_of(data, sought)  # most often in pg_wal too; there a page's header may part it

    citizen = platform.client("intake", "citizen", subject=person)
    citizen.post(f"/intake/people/{person}/erasure", headers=key()).raise_for_status()
    platform.settled()
    assert scan_files(platform.kafka.folder, sought), "overwritten by its tombstone, and still there"
    platform.advance(timedelta(minutes=11))  # intake's timer closes the segments
    kafka = platform.kafka.folder
    platform.until(lambda: not scan_files(kafka, sought), seconds=60, what="the cleaner")

    platform.rows("intake", "vacuum person_key")
    platform.rows("intake", "checkpoint")
    # VACUUM gives the place free and may well leave the bytes, in base or in pg_wal: hence the sweep.
    run_blocking(lambda: sweep(platform.database("intake")))
    assert _parts_of(data, sought) == set()
    told = platform.rows("intake", "select ended_at >= began_at as right from key_sweep")
    assert all(each["right"] for each in told)
    assert told


def _parts_of(data: Path, sought: list[Needle]) -> set[str]:
    """In which part of Postgres's folder it is: base (tables), pg_wal, …"""
    return {Path(one.place).relative_to(data).parts[0] for one in scan_files(data, sought)}
