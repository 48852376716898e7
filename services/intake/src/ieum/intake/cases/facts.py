"""From a case and what was done to the fact that is told of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ieum.common.events.intake_cases import (
    CaseAssessed,
    CaseClosed,
    CaseEvent,
    CaseFollowedUp,
    CaseMonitored,
    CaseOverdue,
    CasePlanned,
    CaseReopened,
    CaseReported,
    CaseServiceProvided,
)
from ieum.intake.cases.domain import Case

OF: Mapping[str, type[CaseEvent]] = {
    "report": CaseReported,
    "assess": CaseAssessed,
    "plan": CasePlanned,
    "provide": CaseServiceProvided,
    "monitor": CaseMonitored,
    "follow-up": CaseFollowedUp,
    "overdue": CaseOverdue,
    "close": CaseClosed,
    "reopen": CaseReopened,
}
"""What is told of; advancing within a state, assigning, conferring and noting stay in the house."""


def fact(command: str, case: Case, persons: Sequence[UUID], **more: Any) -> CaseEvent | None:
    """The fact of a command that led to this case; None where nothing is told. `more` are its own fields."""
    model = OF.get(command)
    if model is None:
        return None
    return model(
        agency=case.agency,
        district=case.district,
        state=case.state,
        step=case.step,
        owner=case.owner,
        due_at=case.due_at,
        persons=list(persons),
        **more,
    )
