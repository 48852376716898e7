"""Topics as code: made from the register, never by accident, and compared with what is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

if TYPE_CHECKING:
    from ieum.common.events.registry import Registry, Topic

_COMPACTED = {
    # A destroyed key lives on in segments until compaction: keep that short.
    "cleanup.policy": "compact",
    "segment.ms": "600000",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "3600000",
    "delete.retention.ms": "86400000",
}
PRODUCTION = "ieum-production"
"""The tag of a cluster that serves real people: a topic of this name, always empty. No replay goes there."""

_FOREVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


def config_of(topic: Topic) -> dict[str, str]:
    """The broker's settings of a topic; headers and framing get 64 KiB beside the value."""
    settings = _COMPACTED if topic.retention == "compacted" else _FOREVER
    return {**settings, "max.message.bytes": str(max(1_048_588, topic.largest_record_bytes + 65_536))}


async def create(bootstrap: str, registry: Registry, *, replication: int = 1) -> list[str]:
    """Make the topics that are not there yet; returns their names."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = [topic for name, topic in registry.topics.items() if name not in there]
        if missing:
            await admin.create_topics([_new(topic, replication) for topic in missing])
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def drift(bootstrap: str, registry: Registry) -> list[str]:
    """How the cluster differs from the register, a sentence each; empty when it does not."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        there = {t["topic"]: len(t["partitions"]) for t in await admin.describe_topics(list(registry.topics))}
        return list(_differences(there, registry.topics.values()))
    finally:
        await admin.close()


async def cluster_id(bootstrap: str) -> str:
    """The id of the cluster that answers there; offsets stored for another one are not ours to use."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        return str((await admin.describe_cluster())["cluster_id"])
    finally:
        await admin.close()


async def tag_as_production(bootstrap: str, *, replication: int = 1) -> None:
    """Mark the cluster: from now on it takes no replay. Again it changes nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        if PRODUCTION not in await admin.list_topics():
            await admin.create_topics([NewTopic(PRODUCTION, 1, replication)])
    finally:
        await admin.close()


async def is_production(bootstrap: str) -> bool:
    """Whether the cluster is marked as one that serves real people."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap.split(","))
    await admin.start()
    try:
        return PRODUCTION in await admin.list_topics()
    finally:
        await admin.close()


def _differences(there: dict[str, int], topics: Iterable[Topic]) -> Iterable[str]:
    for topic in topics:
        found = there.get(topic.name, 0)
        if found == 0:
            yield f"topic {topic.name} is missing"
        elif found != topic.partitions:
            yield f"topic {topic.name} has {found} partitions, the register says {topic.partitions}"


def _new(topic: Topic, replication: int) -> NewTopic:
    return NewTopic(
        name=topic.name,
        num_partitions=topic.partitions,
        replication_factor=replication,
        topic_configs=config_of(topic),
    )
