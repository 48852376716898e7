"""Playing a scenario: the same facts about new people, sealed under new keys, from a source of its own.

Every id is mapped to a new one, the same everywhere in a run; the source is the run's, so that its positions
are never taken for repeats of a service's. Nobody real is told: mailboxes are rewritten to ones that cannot
exist, every event carries `ce_replay`, and notify suppresses what it would send. A cluster tagged as
production is refused.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer

from ieum.common.events.envelope import REPLAY_DOMAIN, Attributes, headers_of
from ieum.common.events.intake import KeyIssued, PersonErased
from ieum.common.events.registry import Registry, Unregistered
from ieum.common.kafka import topics
from ieum.common.kafka.keyring import TOPIC as KEYS
from ieum.common.kafka.options import PRODUCER
from ieum.common.kafka.records import POSITION
from ieum.common.kafka.sending import Row, send_in_order
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import derived_id
from ieum.common.privacy.keys import WRAP_ALG, KeyWrapper, kid_of
from ieum.common.privacy.objects import seal
from ieum.common.replay.scenario import Recorded

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CHUNK = 1_000


@dataclass(slots=True)
class Plan:
    """What will be sent: first the keys, then the events in the scenario's order."""

    run: UUID
    keys: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    numbered: int = 0


def new_ids(run: UUID, text: str) -> str:
    """The text with every id in it mapped to the run's own (UUIDv5 of the run)."""
    return _ID.sub(lambda found: str(derived_id(run, found[0].lower())), text)


def plan(scenario: Sequence[Recorded], registry: Registry, wrapper: KeyWrapper, run: UUID) -> Plan:
    """All records of a run, sealed and numbered; refuses a scenario that the register does not allow."""
    made, keys = Plan(run), dict[str, bytes]()
    for recorded in scenario:
        event = Recorded.model_validate_json(new_ids(run, recorded.model_dump_json()))
        _issue(made, keys, event, wrapper)
        made.events += _rows(made, keys, event, registry)
    return made


async def play(
    bootstrap: str, scenario: Sequence[Recorded], registry: Registry, kek: bytes, run: UUID
) -> int:
    """Send a scenario as run `run`; gives the number of events. Refuses a cluster tagged as production."""
    if await topics.is_production(bootstrap):
        raise Refusal(
            "production",
            ko="운영 클러스터로 표시되어 있어 재생하지 않습니다.",
            en="This cluster is tagged as production: nothing is played to it.",
        )
    made = plan(scenario, registry, KeyWrapper(kek), run)
    partitions = {name: topic.partitions for name, topic in registry.topics.items()}
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap.split(","), **PRODUCER)
    await producer.start()
    try:
        for rows in (made.keys, made.events):  # a key must be readable before what is sealed under it
            for start in range(0, len(rows), CHUNK):
                await send_in_order(producer, rows[start : start + CHUNK], partitions)
    finally:
        await producer.stop()
    return len(scenario)


def _issue(made: Plan, keys: dict[str, bytes], event: Recorded, wrapper: KeyWrapper) -> None:
    for kid in _kids(event):
        if kid not in keys:
            keys[kid], wrapped = wrapper.new()
            issued = KeyIssued.model_validate(
                {"kid": kid, "alg": WRAP_ALG, "wrapped": b64encode(wrapped).decode()}
            )
            id_ = derived_id(made.run, "key", kid)
            headers = _headers(made, KeyIssued, event, {"id": id_, "subject": kid, "sequence": 1})
            value = issued.model_dump_json(exclude={"private"}).encode()
            made.keys.append(_row(made, KEYS, kid, value, headers, event))


def _rows(made: Plan, keys: Mapping[str, bytes], event: Recorded, registry: Registry) -> Iterable[Row]:
    try:
        model, topic = registry.model(event.headers.type), registry.topic(event.topic)
    except Unregistered:
        raise _foreign(event) from None
    if topic.retention == "compacted" or event.headers.type not in topic.types:
        raise _foreign(event)
    data = model.model_validate({**_unreachable(event.data), "private": _sealed(event, keys, registry)})
    value = data.model_dump_json(exclude=None if data.private else {"private"}).encode()
    if isinstance(data, PersonErased):
        for record_class in data.record_classes:
            kid = kid_of(UUID(event.headers.subject), record_class)
            if kid in keys:
                tombstone = [("content-type", b"application/json")]
                yield _row(made, KEYS, kid, None, tombstone, event)
    yield _row(made, event.topic, event.key, value, _headers(made, model, event, {}), event)


def _sealed(event: Recorded, keys: Mapping[str, bytes], registry: Registry) -> dict[str, Any]:
    private: dict[str, Any] = event.data.get("private", {})
    if private and event.person is None:
        raise _foreign(event)
    models = registry.model(event.headers.type).private_models
    found = {}
    for record_class, plain in private.items():
        if record_class not in models:
            raise _foreign(event)
        kid = kid_of(event.person, record_class)  # type: ignore[arg-type]  # checked above
        item = models[record_class].model_validate(_unreachable(plain))
        found[record_class] = seal(item, keys[kid], kid, event.headers.id).model_dump(mode="json")
    return found


def _kids(event: Recorded) -> Iterable[str]:
    return (kid_of(event.person, one) for one in event.data.get("private", {})) if event.person else ()


def _unreachable(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields with a mailbox that cannot exist, whatever a hand-written scenario says."""
    email = fields.get("email")
    if not isinstance(email, str) or email.endswith(f"@{REPLAY_DOMAIN}"):
        return dict(fields)
    return {**fields, "email": f"{email.partition('@')[0]}@{REPLAY_DOMAIN}"}


def _headers(made: Plan, model: Any, event: Recorded, changes: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    at = event.headers
    said = {"id": at.id, "subject": at.subject, "sequence": at.sequence, **changes}
    attributes = Attributes(
        source=f"/ieum/replay/{made.run}",
        time=at.time,
        correlation_id=at.correlation,
        causation_id=at.causation,
        replay=str(made.run),
        **said,
    )
    return [(name, value.encode()) for name, value in headers_of(model.event_type, attributes)]


def _row(
    made: Plan, topic: str, key: str, value: bytes | None, headers: list[tuple[str, bytes]], event: Recorded
) -> Row:
    made.numbered += 1
    position = f"1:{made.numbered}".encode()
    timestamp_ms = int(event.headers.time.timestamp() * 1000)
    return Row(topic, key.encode(), value, [*headers, (POSITION, position)], timestamp_ms)


def _foreign(event: Recorded) -> Refusal:
    return Refusal(
        "scenario-foreign",
        ko=f"{event.headers.type} 이벤트를 {event.topic} 토픽에 이 형태로 재생할 수 없습니다.",
        en=f"The register does not allow {event.headers.type} in this form on {event.topic}.",
    )
