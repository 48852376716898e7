"""How a city manages cases (통합사례관리): refined steps with their days, sources of reports, desks on duty.

A pack may have `case-steps.yaml`; one without it works in the generic steps of this module. Every refined
step belongs to one generic state, and the states come in their order: a case moves alike in every city.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from ieum.common.events.intake_cases import OpenState
from ieum.common.events.programme import DistrictCode, Name, Text
from ieum.common.kernel.dates import KST, korean_date
from ieum.common.service.city_facts import Agency, Piece

Mover = Literal["staff", "owner", "lead"]
"""Who may end a step: anybody of the agency, the case's owner, or the agency's lead; the lead may all."""

OPEN_STATES: tuple[OpenState, ...] = get_args(OpenState)
_END_OF_DAY = time(23, 59, 59)


class CaseStep(Piece):
    """A step of the work on a case: due at the end (KST) of the day so many days after it began."""

    id: Name
    state: OpenState
    name: Text
    due_days: Annotated[int, Field(ge=0, le=3650)]
    mover: Mover = "owner"
    source: str | None = None

    def due_at(self, began: datetime) -> datetime:
        """The last second of the step's last day in Korea."""
        day = korean_date(began) + timedelta(days=self.due_days)
        return datetime.combine(day, _END_OF_DAY, KST).astimezone(began.tzinfo)


class CaseSource(Piece):
    """Where a report may come from."""

    id: Name
    name: Text


class CaseDesk(Piece):
    """Who answers for an agency's cases: `duty` owns what nobody has taken yet, `lead` what is overdue.

    Both are ids of staff accounts; `districts` are those whose reports come here.
    """

    agency: Name
    duty: Name
    lead: Name
    districts: tuple[DistrictCode, ...] = ()


class CaseSteps(Piece):
    """The file. `urgent_hours`: within them a report of danger to life must be taken up."""

    urgent_hours: Annotated[int, Field(ge=1, le=24)]
    default_agency: Name
    sources: Annotated[tuple[CaseSource, ...], Field(min_length=1)]
    desks: Annotated[tuple[CaseDesk, ...], Field(min_length=1)]
    steps: Annotated[tuple[CaseStep, ...], Field(min_length=len(OPEN_STATES))]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        places = [OPEN_STATES.index(step.state) for step in self.steps]
        if places != sorted(places) or set(places) != set(range(len(OPEN_STATES))):
            wanted = ", ".join(OPEN_STATES)
            raise ValueError(
                f"steps는 모든 state를 이 순서로 가져야 합니다: {wanted}\n"
                f"expected steps of every state in this order: {wanted}"
            )
        return self

    @model_validator(mode="after")
    def _once(self) -> Self:
        districts = [code for desk in self.desks for code in desk.districts]
        groups: tuple[tuple[str, Sequence[str]], ...] = (
            ("steps", [step.id for step in self.steps]),
            ("sources", [source.id for source in self.sources]),
            ("desks.agency", [desk.agency for desk in self.desks]),
            ("desks.districts", districts),
        )
        for field, names in groups:
            if len(set(names)) != len(names):
                raise ValueError(f"{field}에 같은 값이 두 번 있습니다\nexpected each of {field} once")
        if all(desk.agency != self.default_agency for desk in self.desks):
            raise ValueError(
                "default_agency는 desks에 있어야 합니다\nexpected default_agency among the desks"
            )
        return self

    def desk_for(self, district: str) -> CaseDesk:
        """The desk to which a district's reports come; the default agency's where none names it."""
        found = next((desk for desk in self.desks if district in desk.districts), None)
        return found or next(desk for desk in self.desks if desk.agency == self.default_agency)

    def desk_of(self, agency: str) -> CaseDesk | None:
        """The desk of an agency that manages cases."""
        return next((desk for desk in self.desks if desk.agency == agency), None)

    def source(self, source_id: str) -> CaseSource | None:
        """The source of that id."""
        return next((source for source in self.sources if source.id == source_id), None)

    def first(self, state: OpenState) -> CaseStep:
        """The first step of a state."""
        return next(step for step in self.steps if step.state == state)

    def at(self, state: OpenState, step_id: str) -> CaseStep:
        """The step of that id; of a pack that dropped it, the first of its state."""
        found = (step for step in self.steps if step.id == step_id and step.state == state)
        return next(found, None) or self.first(state)

    def after(self, step: CaseStep) -> CaseStep | None:
        """The step that follows; None after the last."""
        place = self.steps.index(step) + 1
        return self.steps[place] if place < len(self.steps) else None


_GENERIC = (
    ("reported", "신고 접수", "Reported", 1, "staff"),
    ("consulting", "상담", "Counselling", 10, "owner"),
    ("serving", "서비스 제공", "Services", 90, "owner"),
    ("monitoring", "모니터링", "Monitoring", 90, "owner"),
    ("follow-up", "사후지원", "Follow-up", 180, "owner"),
)
_SOURCES = (
    ("neighbour", "이웃", "A neighbour"),
    ("self", "본인", "The person"),
    ("family", "가족", "Family"),
    ("school", "학교", "A school"),
    ("police", "경찰", "The police"),
    ("agency", "기관", "An agency"),
    ("other", "그 밖", "Other"),
)


def default_case_steps(agencies: Sequence[Agency]) -> CaseSteps:
    """For a pack without the file: the generic steps, each district's own agency, else the first of all.

    The accounts on duty and in the lead are then called `<agency>-duty` and `<agency>-lead`.
    """
    taken: set[str] = set()
    desks = []
    for agency in agencies:
        own = (agency.district,) if agency.district and agency.district not in taken else ()
        taken.update(own)
        names = {"duty": f"{agency.id[:54]}-duty", "lead": f"{agency.id[:54]}-lead"}
        desks.append(CaseDesk(agency=agency.id, districts=own, **names))
    return CaseSteps.model_validate(
        {
            "urgent_hours": 1,
            "default_agency": agencies[0].id,
            "sources": [{"id": id_, "name": {"ko": ko, "en": en}} for id_, ko, en in _SOURCES],
            "desks": desks,
            "steps": [
                {"id": state, "state": state, "name": {"ko": ko, "en": en}, "due_days": days, "mover": mover}
                for state, ko, en, days, mover in _GENERIC
            ],
        }
    )
