"""From an event as it was sent to one that may lie in a repository: no value in it is anybody's.

What is sealed is never opened (recording has no keys): each sealed object is replaced by an invented one.
Of the rest only the fields of the published model are kept, and of those the ones that name a member of
staff, a mailbox or hold free text are replaced too.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from ieum.common.events.envelope import Event
from ieum.common.events.matching import RoundSentBack
from ieum.common.events.model import AccessRecorded, EventData
from ieum.common.replay.scenario import Attributes, Recorded
from ieum.common.replay.synthetic import korean_name, mailbox, make

STAFF = frozenset({"official", "opened_by", "actor"})
FREE_TEXT = "합성 자료의 사유입니다."


def scrub(event: Event, seed: int) -> Recorded:
    """The event as a scenario keeps it; its type is the newest version, to which reading has brought it."""
    data = event.data
    people = {sealed.person for sealed in data.private.values()}
    public = data.model_dump(mode="json", exclude={"private"})
    kept = {name: _public(data, name, value, seed) for name, value in public.items()}
    if data.private:
        kept["private"] = _private(data, event.time.date(), seed)
    return Recorded(
        topic=event.topic,
        key=event.key.decode(),
        headers=Attributes(
            id=event.id,
            type=event.type,
            subject=event.subject,
            sequence=event.sequence,
            time=event.time,
            correlation=event.correlation_id,
            causation=event.causation_id,
        ),
        person=people.pop() if people else None,
        data=kept,
    )


def _private(data: EventData, day: date, seed: int) -> dict[str, Any]:
    stage = getattr(data, "life_stage", None)
    return {
        record_class: make(
            data.private_models[record_class], seed=seed, person=sealed.person, stage=stage, day=day
        ).model_dump(mode="json")
        for record_class, sealed in data.private.items()
        if record_class in data.private_models
    }


def _public(data: EventData, name: str, value: Any, seed: int) -> Any:
    if not isinstance(value, str):
        return value
    rng = Random(f"{seed}|{name}|{value}")  # noqa: S311 - the same person of staff stays the same
    if name == "official_name":
        return korean_name(rng)
    if name == "email":
        return mailbox(rng)
    if name == "reason" and isinstance(data, AccessRecorded | RoundSentBack):
        return FREE_TEXT
    if name in STAFF and getattr(data, "actor_kind", "staff") != "service" and not _is_id(value):
        return f"staff-{sha256(f'{seed}|{value}'.encode()).hexdigest()[:8]}"
    return value


def _is_id(value: str) -> bool:
    try:
        return bool(UUID(value))
    except ValueError:
        return False
