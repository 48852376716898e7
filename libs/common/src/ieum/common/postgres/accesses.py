"""Access events: who opened sealed data, why, and how much of it (PIPA 29)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.audit import AuditAccessRecorded
from ieum.common.events.intake import IntakeAccessRecorded
from ieum.common.events.matching import MatchingAccessRecorded
from ieum.common.events.model import AccessRecorded
from ieum.common.events.notify import NotifyAccessRecorded
from ieum.common.kernel.ids import new_id
from ieum.common.privacy import purposes

if TYPE_CHECKING:
    from ieum.common.postgres.transaction import Tx

_EVENTS: Mapping[str, type[AccessRecorded]] = {
    "intake": IntakeAccessRecorded,
    "matching": MatchingAccessRecorded,
    "notify": NotifyAccessRecorded,
    "audit": AuditAccessRecorded,
}


def record(
    tx: Tx,
    person: UUID | None,
    record_classes: Sequence[str],
    objects: int,
    reason: str | None,
    *,
    masked: bool = False,
) -> None:
    """Publish the access with this unit of work; `person` is None for machine processing."""
    event = _EVENTS[tx.context.service]
    access = new_id(tx.now)
    data = event(
        actor=tx.actor.id,
        actor_kind=tx.actor.kind,
        agency=tx.actor.agency,
        person=person,
        record_classes=list(record_classes),
        objects=objects,
        purpose=tx.purpose,
        reason=reason,
        urgent=tx.purpose == purposes.DANGER_TO_LIFE,
        masked=masked,
    )
    tx.publish(data, subject=access, sequence=1, id=access)
