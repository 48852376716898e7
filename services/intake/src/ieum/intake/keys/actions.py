"""Exchanging the key-encryption key, closing segments, and saying by when the last copy is gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import KeyIssued
from ieum.common.events.registry import Registry
from ieum.common.kafka.sending import partition_of
from ieum.common.kafka.topics import config_of
from ieum.intake.keys import domain, store
from ieum.intake.keys.domain import Copy, Spans
from ieum.intake.people.actions import Desk
from ieum.intake.people.keys import Told

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.settings import IntakeSettings

BATCH = 500
SCAN = 10_000


@dataclass(frozen=True)
class Rewrapped:
    """How many keys were wrapped anew, and the last kid of them: None where none is left after it."""

    keys: int
    last: str | None


async def by_kek(tx: Tx) -> dict[str, int]:
    """How many keys lie under which key-encryption key; an empty name: wrapped before names were kept."""
    return await store.by_kek(tx)


async def rewrap(tx: Tx, desk: Desk, after: str) -> Rewrapped:
    """Wrap up to BATCH keys after a kid under the present key-encryption key, and tell all holders."""
    kids = await desk.keys.rewrap(tx, after, BATCH)
    return Rewrapped(len(kids), kids[-1] if kids else None)


async def told(tx: Tx, desk: Desk, after: str) -> Told:
    """The next SCAN keys after a kid, as far as they were told."""
    return await desk.keys.told(tx, after, SCAN)


async def destroy_again(tx: Tx, desk: Desk, kids: Collection[str]) -> None:
    """Destroy keys that a restored backup brought back."""
    await desk.keys.destroy_again(tx, kids)


async def copies(tx: Tx, spans: Spans, person: UUID) -> Sequence[Copy]:
    """Where the keys of a person that were destroyed may still lie; empty where none was."""
    destroyed_at = await store.last_destroyed(tx, person)
    if destroyed_at is None:
        return ()
    return domain.copies(destroyed_at, await store.swept(tx, destroyed_at), spans)


def last_gone(destroyed_at: datetime, spans: Spans) -> datetime:
    """By when nothing is left of a key that is destroyed then."""
    return max(copy.gone_by for copy in domain.copies(destroyed_at, None, spans))


async def roll(tx: Tx, spans: Spans) -> int:
    """Close the segments in which destroyed keys lie with their tombstones; gives how many tombstones.

    Kafka closes a segment when a record comes that is `segment.ms` younger than its first, and cleans closed
    ones alone: in a quiet partition a destroyed key would lie for ever. So a tombstone for nobody is sent to
    each partition.
    """
    done = await store.rolled(tx, tx.now - spans.segment - timedelta(seconds=1), KeyIssued.topic)
    if done:
        for key in _of_each_partition():
            tx.bury(KeyIssued.topic, key)
    return done


def spans_of(settings: IntakeSettings) -> Spans:
    """The spans that the settings of the topic and of this service promise."""
    topic = config_of(Registry.load().topic(KeyIssued.topic))
    return Spans(
        segment=timedelta(milliseconds=int(topic["segment.ms"])),
        lag=timedelta(milliseconds=int(topic["max.compaction.lag.ms"])),
        sweep=timedelta(hours=settings.keys_sweep_hours),
        backups=timedelta(days=settings.backup_days),
    )


@cache
def _of_each_partition() -> Sequence[str]:
    """A key of nobody's for every partition of the topic."""
    partitions = Registry.load().topic(KeyIssued.topic).partitions
    found: dict[int, str] = {}
    number = 0
    while len(found) < partitions:
        key = f"roll/{number}"
        found.setdefault(partition_of(key.encode(), partitions), key)
        number += 1
    return tuple(found.values())
