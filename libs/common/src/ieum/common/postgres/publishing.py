"""What a unit of work will publish: collected in memory, sealed and written at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic_core import to_json

from ieum.common.events.envelope import Attributes, headers_of
from ieum.common.events.model import EventData, PrivateData, Sealed
from ieum.common.events.registry import Registry, Topic
from ieum.common.postgres.outbox import OutboxRow
from ieum.common.privacy.keys import PresentKey, key_name
from ieum.common.privacy.objects import seal

_PRIVATE = {"private"}


class CannotPublish(ValueError):
    """The register does not allow this event: its topic, producer, type or size."""


@dataclass(slots=True, frozen=True)
class Pending:
    """An event before its private objects are sealed."""

    data: EventData
    attributes: Attributes
    topic: Topic
    person: UUID | None
    private: Sequence[PrivateData]

    @property
    def key_names(self) -> Iterable[str]:
        """The keys that sealing it needs."""
        return (key_name(self.person, item.record_class) for item in self.private) if self.person else ()


def check(registry: Registry, service: str, data: EventData, private: Sequence[PrivateData]) -> Topic:
    """The topic of an event that this service may publish; raises CannotPublish."""
    topic = registry.topic(data.topic)
    if service not in topic.producers or data.event_type not in topic.types:
        raise CannotPublish(f"{service} may not publish {data.event_type} to {topic.name}")
    if foreign := {item.record_class for item in private} - data.private_models.keys():
        raise CannotPublish(f"{data.event_type} has no private objects of class {sorted(foreign)}")
    return topic


def plain_row(data: EventData, attributes: Attributes, topic: Topic) -> OutboxRow:
    """Encode an event with nothing to seal."""
    return _row(data, attributes, topic, exclude=_PRIVATE)


def sealed_row(pending: Pending, keys: Mapping[str, PresentKey]) -> OutboxRow:
    """Seal and encode; a private object whose key was destroyed is left out, as nobody may read it."""
    sealed = _sealed(pending, keys)
    if not sealed:
        return plain_row(pending.data, pending.attributes, pending.topic)
    data = pending.data.model_copy(update={"private": sealed})
    return _row(data, pending.attributes, pending.topic, exclude=None)


def _row(data: EventData, attributes: Attributes, topic: Topic, *, exclude: set[str] | None) -> OutboxRow:
    value: bytes = data.__pydantic_serializer__.to_json(data, exclude=exclude)
    if len(value) > topic.largest_record_bytes:
        raise CannotPublish(
            f"{data.event_type} has {len(value)} bytes, {topic.name} allows {topic.largest_record_bytes}"
        )
    headers = to_json(headers_of(data.event_type, attributes)).decode()
    return OutboxRow(topic.name, attributes.subject, attributes.time, headers, value)


def _sealed(pending: Pending, keys: Mapping[str, PresentKey]) -> dict[str, Sealed]:
    if pending.person is None:
        return {}
    found = {}
    for item in pending.private:
        if present := keys.get(key_name(pending.person, item.record_class)):
            found[item.record_class] = seal(item, present.key, present.kid, pending.attributes.id)
    return found


def tombstone(topic: str, key: str, now: datetime) -> OutboxRow:
    """The record that deletes a key from a compacted topic."""
    headers = to_json([("content-type", "application/json")]).decode()
    return OutboxRow(topic, key, now, headers, None)
