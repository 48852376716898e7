"""Options of Kafka clients that are safe here, and a check at start-up that nobody changed them.

The defaults of the libraries lose or double events (acknowledge first, begin at the latest, one
acknowledgement, topics created unasked); every option that matters is said explicitly.
"""

from __future__ import annotations

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
    "fetch_max_wait_ms": 500,  # answered at once when anything is there; asking more often costs the broker
    "max_partition_fetch_bytes": 4 * 1024 * 1024,
    "batch": True,
    "max_records": 4_000,
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

_GATHER_BYTES = 1024 * 1024


def gathering(gather_ms: int) -> dict[str, Any]:
    """Options of a group for whose effects nobody waits: the broker gathers for so long, or up to 1 MiB.

    A transaction for each handful of events costs more than the events.
    """
    return {"fetch_min_bytes": _GATHER_BYTES, "fetch_max_wait_ms": gather_ms} if gather_ms else {}


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
        if options.get("enable_auto_commit") or subscriber.ack_policy is AckPolicy.ACK_FIRST:
            raise Terminal(f"group {subscriber.group_id} would acknowledge before the effect")
        if options.get("auto_offset_reset") != "earliest":
            raise Terminal(f"group {subscriber.group_id} would skip what came before it")
