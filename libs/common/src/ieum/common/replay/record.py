"""Recording: topics from their start to their present end, scrubbed, in the order of what happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aiokafka.structs import TopicPartition

from ieum.common.events.envelope import Event
from ieum.common.events.registry import Registry
from ieum.common.kafka.reading import read_all
from ieum.common.kafka.records import Unreadable, decode
from ieum.common.kernel.errors import Refusal
from ieum.common.replay.scenario import Recorded
from ieum.common.replay.scrub import scrub


@dataclass(slots=True)
class Recording:
    """The events, and how many records were left out: unreadable ones, and repeats of others."""

    events: list[Recorded] = field(default_factory=list)
    unreadable: int = 0
    repeats: int = 0


async def record(bootstrap: str, topics: Sequence[str], registry: Registry, *, seed: int = 1) -> Recording:
    """Record these topics; refuses `intake-keys` and its like, as keys are never recorded."""
    for name in topics:
        _check(registry, name)
    partitions = [TopicPartition(name, p) for name in topics for p in range(registry.topic(name).partitions)]
    made, events, seen = Recording(), list[Event](), set[UUID]()
    async for raw in read_all(bootstrap, partitions):
        try:
            event = decode(raw, registry)
        except Unreadable:
            made.unreadable += 1
            continue
        if event.id in seen:
            made.repeats += 1
            continue
        seen.add(event.id)
        events.append(event)
    made.events = [scrub(event, seed) for event in in_order(events)]
    return made


def in_order(events: Iterable[Event]) -> list[Event]:
    """By time, but never against the order of a key: a clock that ran back does not turn events around.

    `events` come in offset order within each partition.
    """
    latest: dict[tuple[str, bytes], datetime] = {}
    moments: list[tuple[datetime, Event]] = []
    for event in events:
        place = (event.topic, event.key)
        latest[place] = max(event.time, latest.get(place, event.time))
        moments.append((latest[place], event))
    return [event for _, event in sorted(moments, key=lambda pair: pair[0])]


def _check(registry: Registry, name: str) -> None:
    if name not in registry.topics:
        raise Refusal("topic-unknown", ko=f"{name} 토픽은 없습니다.", en=f"There is no topic {name}.")
    if registry.topic(name).retention == "compacted":
        raise Refusal(
            "keys-not-recorded",
            ko=f"{name} 토픽에는 개인정보의 열쇠가 있어 기록하지 않습니다.",
            en=f"{name} holds keys to personal data: it is not recorded.",
        )
