"""What audit tells: its signed checkpoints, and who opened what in it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from ieum.common.events.model import AccessRecorded, Acknowledgement, EventData


class CheckpointSigned(EventData):
    """A C2SP tlog-checkpoint: `note` is the whole signed note, `root` is in base64."""

    event_type: ClassVar[str] = "kr.ieum.audit.checkpoint.signed.v1"
    topic: ClassVar[str] = "audit-checkpoints"

    origin: str
    size: int
    root: str
    note: str


class AuditErasureAcknowledged(Acknowledgement):
    """Audit's openings of these records can no longer be read; the proofs still hold."""

    event_type: ClassVar[str] = "kr.ieum.audit.erasure.acknowledged.v1"
    topic: ClassVar[str] = "audit-acknowledgements"

    openings: int = 0


class AuditAccessRecorded(AccessRecorded):
    """Openings were read in audit; `subject_leaf` is the index of the leaf."""

    event_type: ClassVar[str] = "kr.ieum.audit.access.recorded.v1"
    topic: ClassVar[str] = "audit-access"

    leaf: int | None = None
    event: UUID | None = None
