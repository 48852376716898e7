"""Assignments that somebody confirmed in matching: the case worker has the case from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.matching_assignments import AssignmentConfirmed
from ieum.intake.cases import owning

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx
    from ieum.intake.people.actions import Desk

CASE_WORKER = "case-worker"


async def on_assignments(events: list[Event], tx: Tx, *, desk: Desk) -> None:
    """Give cases to the workers that were confirmed for them; each is somebody's decision: few."""
    for event in events:
        data = event.data
        if isinstance(data, AssignmentConfirmed) and data.role == CASE_WORKER and data.case:
            await owning.take_over(
                tx, desk, data.case, data.agency, data.worker, by=data.decided_by, at=event.time
            )
