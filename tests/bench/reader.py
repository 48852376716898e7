"""An outside reader in a process of its own: when each match event was readable on Kafka.

It says `ready` at the topic's end, reads until its input closes, and prints by application the seconds
since 1970.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer
from aiokafka.structs import TopicPartition

from ieum.common.events.registry import Registry

TOPIC = "matching-matches"
RANKED = b"kr.ieum.matching.match.ranked.v1"


async def read(bootstrap: str) -> dict[str, float]:
    """The moment at which the first match event of each application came."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(TOPIC, p) for p in range(Registry.load().topic(TOPIC).partitions)])
    await consumer.seek_to_end()
    print("ready", flush=True)
    closed = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    seen: dict[str, float] = {}
    while not closed.done():
        for records in (await consumer.getmany(timeout_ms=100)).values():
            for record in records:
                headers = dict(record.headers)
                if headers["ce_type"] == RANKED:
                    seen.setdefault(headers["ce_subject"].decode(), time.time())
    await consumer.stop()
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(read(sys.argv[1]))))
