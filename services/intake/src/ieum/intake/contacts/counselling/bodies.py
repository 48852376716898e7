"""What HTTP takes about counselling sessions, with an example each."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from ieum.common.events.programme import Name
from ieum.common.web import Body
from ieum.intake.contacts.bodies import NoteBody, Staff, TimesBody, example


class PlanSession(Body):
    """An appointment in a field of the city; belongs to an application, an opening, a case, or to none."""

    model_config = example(
        person="019f38a8-1e87-7e79-9631-e602bf5fbd30",
        field="debt",
        counsellor="lee",
        planned_at="2026-11-25T01:00:00Z",
        planned_until="2026-11-25T01:50:00Z",
    )
    person: UUID
    field: Name
    counsellor: Staff
    planned_at: AwareDatetime
    planned_until: AwareDatetime
    application: UUID | None = None
    opening: UUID | None = None
    case: UUID | None = None


class ScheduleSession(Body):
    """Other times, or another counsellor."""

    model_config = example(planned_at="2026-11-26T01:00:00Z", planned_until="2026-11-26T01:50:00Z")
    planned_at: AwareDatetime
    planned_until: AwareDatetime
    counsellor: Staff | None = None


class FinishSession(Body):
    """How it went; `real`: when it took place, left out where nobody came; `next`: the next appointment."""

    model_config = example(
        outcome="goes-on",
        real={"start": "2026-11-25T01:05:00Z", "end": "2026-11-25T01:50:00Z"},
        note={"text": "상환 계획을 함께 세웠습니다."},
        next={"start": "2026-12-02T01:00:00Z", "end": "2026-12-02T01:50:00Z"},
    )
    outcome: Literal["settled", "goes-on", "handed-on", "no-show"]
    real: TimesBody | None = None
    note: NoteBody | None = None
    next: TimesBody | None = None
