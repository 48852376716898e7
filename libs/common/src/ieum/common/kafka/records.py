"""A Kafka record to an Event, or the reason why it cannot be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from asyncpg.pgproto import pgproto
from pydantic import ValidationError
from pydantic_core import from_json

from ieum.common.events.envelope import REPLAY, Event
from ieum.common.events.model import EventData
from ieum.common.events.registry import Registry, Unregistered
from ieum.common.events.upcasters import UPCASTERS, upcast
from ieum.common.kafka.prefilter import is_surely_clean
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


def decode(
    record: ConsumerRecord[Any, Any], registry: Registry, headers: Mapping[str, bytes | None] | None = None
) -> Event:
    """Read a record; raises Unreadable with the reason for the dead letters.

    `headers` are the record's, where the caller has them as a mapping already.
    """
    texts = _texts(dict(record.headers) if headers is None else headers)
    if record.value is None:
        raise Unreadable("no-value")
    try:
        type_ = texts["ce_type"].decode()
        return _event(record, texts, _data(type_, record.value, registry))
    except KeyError:
        raise Unreadable(f"missing-header {next(name for name in _REQUIRED if name not in texts)}") from None
    except ValueError as error:
        raise Unreadable("bad-header") from error


def _event(record: ConsumerRecord[Any, Any], headers: Mapping[str, bytes], data: EventData) -> Event:
    id_ = headers["ce_id"].decode()
    correlation, causation = headers.get("ce_correlationid"), headers.get("ce_causationid")
    replay = headers.get(REPLAY)
    return Event(
        pgproto.UUID(id_),  # a uuid.UUID, made in an eighth of the time
        data.event_type,
        headers["ce_source"].decode(),
        datetime.fromisoformat(headers["ce_time"].decode()),
        headers["ce_subject"].decode(),
        int(headers.get("ce_sequence", b"0")),
        correlation.decode() if correlation is not None else id_,
        causation.decode() if causation is not None else None,
        record.topic,
        record.partition,
        record.offset,
        record.key or b"",
        record.headers,
        record.value,
        data,
        replay.decode() if replay is not None else None,
    )


def _texts(headers: Mapping[str, bytes | None]) -> Mapping[str, bytes]:
    """The same headers, once it is known that all of them are UTF-8."""
    try:
        b"\n".join(headers.values()).decode()  # type: ignore[arg-type]
    except TypeError:
        raise Unreadable("null-header") from None
    except UnicodeDecodeError:
        raise Unreadable("header-not-utf-8") from None
    return headers  # type: ignore[return-value]


def _data(type_: str, value: bytes, registry: Registry) -> EventData:
    if not is_surely_clean(value) and forbidden_in_bytes(value):
        raise Unreadable("forbidden-number", secret=True)
    try:
        if type_ not in UPCASTERS:
            data: EventData = registry.model(type_).__pydantic_validator__.validate_json(value)
            return data
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


def position_of(headers: Iterable[tuple[str, bytes | None]]) -> tuple[str, int, int] | None:
    """The source and the relay's `epoch:n` of a record; None for a producer without a relay."""
    return position_in(dict(headers))


def position_in(headers: Mapping[str, bytes | None]) -> tuple[str, int, int] | None:
    """The same of headers as a mapping."""
    source, position = headers.get("ce_source"), headers.get(POSITION)
    if not source or not position:
        return None
    try:
        epoch, n = position.split(b":")
        return source.decode(), int(epoch), int(n)
    except ValueError:
        return None
