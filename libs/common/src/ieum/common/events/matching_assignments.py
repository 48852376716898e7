"""What matching tells of who looks after whom: counsellors, supervisors, mentors and case workers.

For which field of counselling, in which language, and why it is this one, stands in no event: a field alone
may tell of somebody's health (개인정보 보호법 23). Matching shows it to staff of the agency.
"""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.model import EventData

AssignmentRole = Literal["counsellor", "supervisor", "mentor", "case-worker"]
ChangeReason = Literal[
    "wish-of-person", "expertise", "language", "distance", "load", "continuity", "conflict-of-interest",
    "absence", "other",
]  # fmt: skip
AssignmentEnding = Literal["done", "moved-on", "worker-left", "case-closed", "person-erased"]


class _Assignment(EventData):
    """What every fact says. `worker` is a staff account of `agency`; `person` is null for a case alone."""

    topic: ClassVar[str] = "matching-assignments"

    role: AssignmentRole
    agency: str
    worker: str
    person: UUID | None = None
    case: UUID | None = None
    match: UUID | None = None


class AssignmentProposed(_Assignment):
    """Computed: this worker fits best as all tasks are looked at together. Nobody decided yet."""

    event_type: ClassVar[str] = "kr.ieum.matching.assignment.proposed.v1"


class AssignmentConfirmed(_Assignment):
    """A named official or staff member decided. `proposed` and `reason`: where it is not who was proposed."""

    event_type: ClassVar[str] = "kr.ieum.matching.assignment.confirmed.v1"

    decided_by: str
    decided_name: str
    proposed: str | None = None
    reason: ChangeReason | None = None


class AssignmentEnded(_Assignment):
    """The worker has this person or case no longer; after `worker-left` another one will be proposed."""

    event_type: ClassVar[str] = "kr.ieum.matching.assignment.ended.v1"

    reason: AssignmentEnding
