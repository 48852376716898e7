"""By when the last copy of a destroyed key is gone: from Kafka, from the database, from backups. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Place = Literal["kafka", "database", "backups"]

ROLL_SECONDS = 10.0
CLEANER = timedelta(minutes=5)
"""What a cleaner takes beyond its settings: to look again, to write a segment anew, to delete the old one."""


@dataclass(frozen=True)
class Spans:
    """How long a copy may lie after its key was destroyed, as the settings say.

    `segment` is intake-keys' segment.ms, after which the segment with the key and its tombstone is closed;
    `lag` its max.compaction.lag.ms, within which a closed segment is cleaned; `sweep` how often an operator
    runs `ieum keys sweep`; `backups` how long a backup, or archived WAL, is kept.
    """

    segment: timedelta
    lag: timedelta
    sweep: timedelta
    backups: timedelta


@dataclass(frozen=True)
class Copy:
    """A place where the wrapped key may still lie: until when at most, and since when it does not."""

    place: Place
    gone_by: datetime
    gone_at: datetime | None = None


def copies(destroyed_at: datetime, swept_at: datetime | None, spans: Spans) -> Sequence[Copy]:
    """The places for a key destroyed then; `swept_at`: when the first sweep that began after it ended.

    In Kafka it is overwritten by its tombstone, once the next record has closed their segment. Pages and WAL
    of Postgres hold it until a sweep, and so does every backup made before.
    """
    rolled = destroyed_at + spans.segment + timedelta(seconds=2 * ROLL_SECONDS)
    database = Copy("database", destroyed_at + spans.sweep, swept_at)
    return (
        Copy("kafka", rolled + spans.lag + CLEANER),
        database,
        Copy("backups", (swept_at or database.gone_by) + spans.backups),
    )
