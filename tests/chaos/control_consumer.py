"""The control: a FastStream consumer as its documentation shows one, one row of effect for each event.

Acknowledgement, commits and everything else are FastStream's defaults. It is given only what it cannot do
without: a group, and to begin at the beginning (by default it would skip what came before it).
"""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg
from aiokafka.errors import KafkaError
from faststream import FastStream
from faststream.kafka import KafkaBroker

TOPIC = "control"


async def consume(bootstrap: str, dsn: str) -> None:
    """Read and write until killed."""
    broker = KafkaBroker(bootstrap)
    pool = await asyncpg.create_pool(dsn, min_size=0, timeout=5)

    @broker.subscriber(TOPIC, group_id="control", auto_offset_reset="earliest")
    async def apply(number: int) -> None:
        await pool.execute("insert into effect (number) values ($1)", number)

    await FastStream(broker).run()


def main() -> None:
    """Begin anew where the broker is away at the start, as an orchestrator would."""
    try:
        asyncio.run(consume(*sys.argv[1:]))
    except (KafkaError, OSError):
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - this very program


if __name__ == "__main__":
    main()
