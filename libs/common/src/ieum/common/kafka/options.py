"""Options of Kafka clients that are safe here, and a check at start-up that nobody changed them.

The defaults of the libraries lose or double events (acknowledge first, begin at the latest, one
acknowledgement, topics created unasked); every option that matters is said explicitly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from ieum.common.kernel.errors import Terminal

SUBSCRIBER: Final[dict[str, Any]] = {
    "ack_policy": AckPolicy.NACK_ON_ERROR,  # offsets live in Postgres; nothing is acknowledged for us
    "auto_offset_reset": "earliest",
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 2_000,
    "max_poll_interval_ms": 600_000,
    "max_partition_fetch_bytes": 4 * 1024 * 1024,
    "batch": True,
    "batch_timeout_ms": 10,
}

PRODUCER: Final[dict[str, Any]] = {
    "enable_idempotence": True,
    "acks": "all",
    "max_batch_size": 900_000,
    "max_request_size": 4 * 1024 * 1024,
    "request_timeout_ms": 10_000,
    "linger_ms": 0,
}

_WAIT_MS = 500  # answered at once when anything is there; asking more often costs the broker
_GATHER_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Pace:
    """How a group reads: `records_max` in a batch, and how long the broker gathers them (at most 1 MiB).

    Where nobody waits for the effect, gathering pays: a transaction costs more than a handful of events.
    A record takes some 10 kB of memory while its batch lives, and Python gives little of it back.
    """

    gather_ms: int = 0
    records_max: int = 4_000

    @property
    def subscriber(self) -> dict[str, Any]:
        """The subscriber's options."""
        return {
            "max_records": self.records_max,
            "fetch_min_bytes": _GATHER_BYTES if self.gather_ms else 1,
            "fetch_max_wait_ms": self.gather_ms or _WAIT_MS,
        }


PROMPT = Pace()
"""Read as soon as anything is there, in large batches."""


def make_broker(bootstrap: str, client_id: str) -> KafkaBroker:
    """FastStream's broker: it declares the subscribers and owns their life cycle; it publishes nothing."""
    return KafkaBroker(
        bootstrap.split(","),
        client_id=client_id,
        enable_idempotence=True,
        acks="all",
        allow_auto_create_topics=False,
        logger=None,
    )


def check(broker: KafkaBroker) -> None:
    """Raise Terminal if a subscriber of this broker could lose or double events."""
    subscribers: list[Any] = list(broker.subscribers)
    for subscriber in subscribers:
        options = subscriber._connection_args  # noqa: SLF001 - FastStream shows them nowhere else
        if not subscriber.group_id:
            raise Terminal(f"subscriber of {subscriber.topic_names} has no consumer group")
        if options.get("enable_auto_commit") or subscriber.ack_policy is not SUBSCRIBER["ack_policy"]:
            raise Terminal(f"group {subscriber.group_id} would acknowledge before the effect")
        if options.get("auto_offset_reset") != "earliest":
            raise Terminal(f"group {subscriber.group_id} would skip what came before it")
