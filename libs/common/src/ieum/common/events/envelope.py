"""CloudEvents 1.0, Kafka binding, binary mode: attributes are headers, the value is the data alone.

`ce_position` is our extension: `epoch:n` as the relay numbered the event. It only grows within one
source and partition, so a consumer knows a repeat from it (see `kafka/fence.py`). So is `ce_replay`: the id
of the run that played the event from a recorded scenario; what follows from such an event carries it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from ieum.common.events.model import EventData

Headers = Sequence[tuple[str, bytes]]
SCHEMA_BASE = "https://ieum.kr/schemas/"
REPLAY = "ce_replay"
REPLAY_DOMAIN = "replay.invalid"
"""Where all mailboxes of a replay lie. RFC 6761, section 6.4: no name under .invalid ever exists."""


@dataclass(slots=True, eq=False)  # frozen, its making would cost as much as validating the data
class Event:
    """One event as a consumer gets it: attributes, place in Kafka, validated data. Not to be changed."""

    id: UUID
    type: str
    source: str
    time: datetime
    subject: str
    sequence: int
    correlation_id: str
    causation_id: str | None
    topic: str
    partition: int
    offset: int
    key: bytes
    headers: Headers
    value: bytes
    data: EventData
    replay: str | None = None

    @property
    def replayed(self) -> bool:
        """Whether it was played from a scenario, or follows from such an event: nobody real is told."""
        return self.replay is not None


@dataclass(slots=True)
class Attributes:
    """What the publisher says of an event beside its data."""

    id: UUID
    source: str
    time: datetime
    subject: str
    sequence: int
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    replay: str | None = None


_iso = lru_cache(maxsize=16)(datetime.isoformat)  # a unit of work has one moment for all it publishes


def headers_of(type_: str, attributes: Attributes) -> list[tuple[str, str]]:
    """The CloudEvents headers of an event, without the position that the relay adds."""
    headers = [
        ("content-type", "application/json"),
        ("ce_specversion", "1.0"),
        ("ce_id", str(attributes.id)),
        ("ce_type", type_),
        ("ce_source", attributes.source),
        ("ce_time", _iso(attributes.time)),
        ("ce_subject", attributes.subject),
        ("ce_dataschema", f"{SCHEMA_BASE}{type_}.json"),
        ("ce_sequence", str(attributes.sequence)),
        ("ce_correlationid", attributes.correlation_id),
    ]
    if attributes.causation_id:
        headers.append(("ce_causationid", attributes.causation_id))
    if attributes.traceparent:
        headers.append(("traceparent", attributes.traceparent))
    if attributes.replay:
        headers.append((REPLAY, attributes.replay))
    return headers
