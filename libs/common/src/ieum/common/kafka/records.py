"""A Kafka record to an Event, or the reason why it cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json

from ieum.common.events.envelope import REPLAY, Event
from ieum.common.events.model import EventData
from ieum.common.events.registry import Registry, Unregistered
from ieum.common.events.upcasters import UPCASTERS, upcast
from ieum.common.kernel.forbidden import forbidden_in_bytes

if TYPE_CHECKING:
    from aiokafka.structs import ConsumerRecord

POSITION = "ce_position"
_REQUIRED = ("ce_id", "ce_type", "ce_source", "ce_time", "ce_subject")


@dataclass(slots=True, frozen=True)
class Unreadable(Exception):
    """A record that no handler will ever see; `secret` where even its bytes must not be kept."""

    reason: str
    secret: bool = False


@dataclass(slots=True, frozen=True)
class RawRecord:
    """A record as the log takes it: whatever it holds, with the word whether it repeats an earlier one."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    repeat: bool


def decode(record: ConsumerRecord[Any, Any], registry: Registry) -> Event:
    """Read a record; raises Unreadable with the reason for the dead letters."""
    headers = _headers(record.headers)
    missing = [name for name in _REQUIRED if name not in headers]
    if missing:
        raise Unreadable(f"missing-header {missing[0]}")
    if record.value is None:
        raise Unreadable("no-value")
    data = _data(headers["ce_type"], record.value, registry)
    try:
        return Event(
            id=UUID(headers["ce_id"]),
            type=data.event_type,
            source=headers["ce_source"],
            time=datetime.fromisoformat(headers["ce_time"]),
            subject=headers["ce_subject"],
            sequence=int(headers.get("ce_sequence", "0")),
            correlation_id=headers.get("ce_correlationid", headers["ce_id"]),
            causation_id=headers.get("ce_causationid"),
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key or b"",
            headers=record.headers,
            value=record.value,
            data=data,
            replay=headers.get(REPLAY),
        )
    except ValueError as error:
        raise Unreadable("bad-header") from error


def _headers(raw: tuple[tuple[str, bytes | None], ...]) -> Mapping[str, str]:
    try:
        return {name: value.decode() for name, value in raw}  # type: ignore[union-attr]
    except AttributeError:
        raise Unreadable("null-header") from None
    except UnicodeDecodeError:
        raise Unreadable("header-not-utf-8") from None


def _data(type_: str, value: bytes, registry: Registry) -> EventData:
    if forbidden_in_bytes(value):
        raise Unreadable("forbidden-number", secret=True)
    try:
        if type_ not in UPCASTERS:
            return registry.model(type_).model_validate_json(value)
        type_, data = _upcast(type_, value)
        return registry.model(type_).model_validate(data)
    except Unregistered:
        raise Unreadable(f"unregistered-type {type_[:200]}") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise Unreadable(
            f"invalid-body {first['type']} at {'/'.join(map(str, first['loc']))}"[:300]
        ) from None
    except ValueError:
        raise Unreadable("body-not-json") from None


def _upcast(type_: str, value: bytes) -> tuple[str, Any]:
    try:
        return upcast(type_, from_json(value))
    except (LookupError, TypeError, AttributeError, ArithmeticError):
        # The record is not what its version says: its own fault, so nobody else waits for it.
        raise Unreadable(f"cannot-upcast {type_}") from None


def position_of(headers: tuple[tuple[str, bytes | None], ...]) -> tuple[str, int, int] | None:
    """The source and the relay's `epoch:n` of a record; None for a producer without a relay."""
    source = position = None
    for name, value in headers:
        if name == POSITION:
            position = value
        elif name == "ce_source":
            source = value
    if not source or not position:
        return None
    try:
        epoch, _, n = position.partition(b":")
        return source.decode(), int(epoch), int(n)
    except ValueError:
        return None
