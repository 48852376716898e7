"""What assignment takes and shows over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from ieum.common.events.matching_assignments import AssignmentRole, ChangeReason
from ieum.common.events.programme import Name
from ieum.common.web import Body, example
from ieum.matching.assignment.actions import Shown
from ieum.matching.assignment.domain import KOREAN, State, Weights, Worker
from ieum.matching.assignment.store import Assignment, Profile

PERSON = "0193a000-0000-7000-8000-0000000000a1"
WEIGHT = Field(ge=0, le=100)
CAPACITY_MAX = 1000

Account = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
District = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}$")]
Level = Annotated[int, Field(ge=1, le=3)]


class PutWorker(Body):
    """A worker whole, as they are from now on. `fields`: 1 able, 2 experienced, 3 specialist.

    `languages`: ISO 639 codes, Korean among them where they speak it; without `districts` they work anywhere.
    """

    model_config = example(
        {
            "roles": ["counsellor"],
            "fields": {"debt": 3, "housing": 1},
            "languages": ["ko", "vi"],
            "districts": ["27110"],
            "capacity": 20,
            "active": True,
        }
    )

    roles: Annotated[list[AssignmentRole], Field(min_length=1, max_length=4)]
    fields_: Annotated[dict[Name, Level], Field(alias="fields", max_length=50)]
    languages: Annotated[list[Language], Field(max_length=30)] = [KOREAN]
    districts: Annotated[list[District], Field(max_length=50)] = []
    capacity: Annotated[int, Field(ge=0, le=CAPACITY_MAX)]
    active: bool = True

    def profile(self, id_: str) -> Profile:
        """As it is kept."""
        worker = Worker(
            id=id_,
            fields=dict(self.fields_),
            languages=frozenset(self.languages),
            districts=frozenset(self.districts),
            capacity=self.capacity,
        )
        return Profile(worker, tuple(dict.fromkeys(self.roles)), self.active)


class WorkerView(BaseModel):
    """A worker; `load`: how many they have or are proposed to."""

    id: str
    roles: list[AssignmentRole]
    fields: dict[str, int]
    languages: list[str]
    districts: list[str]
    capacity: int
    active: bool
    load: int


class WorkerList(BaseModel):
    """The agency's workers by id."""

    items: list[WorkerView]


class PutWeights(Body):
    """What each factor counts, 0 to 100; see the formula in the service's page."""

    model_config = example(
        {"expertise": 40, "language": 10, "distance": 20, "continuity": 30, "load": 50, "waiting": 10}
    )

    expertise: Annotated[int, WEIGHT]
    language: Annotated[int, WEIGHT]
    distance: Annotated[int, WEIGHT]
    continuity: Annotated[int, WEIGHT]
    load: Annotated[int, WEIGHT]
    waiting: Annotated[int, WEIGHT]

    def weights(self) -> Weights:
        """As they are kept."""
        return Weights(**self.model_dump())


class Ask(Body):
    """Somebody is needed: for a `person`, for a `case` of one's agency, a mentor for a person's `match`."""

    model_config = example({"role": "counsellor", "person": PERSON, "field": "debt", "language": "vi"})

    role: AssignmentRole
    person: UUID | None = None
    case: UUID | None = None
    match: UUID | None = None
    field: Name | None = None
    language: Language = KOREAN
    district: District | None = None


class Compute(Body):
    """Of which role."""

    model_config = example({"role": "counsellor"})

    role: AssignmentRole


class Confirm(Body):
    """Nothing: whoever is proposed. Or somebody else, and why."""

    model_config = example({"worker": "taeho.lim@daegu-youth-centre", "reason": "wish-of-person"})

    worker: Account | None = None
    reason: ChangeReason | None = None


class AssignmentLine(BaseModel):
    """An assignment without what is private in it. `reason`: of a change or of the end."""

    id: UUID
    role: AssignmentRole
    state: State
    worker: str | None
    proposed: str | None
    person: UUID | None
    case: UUID | None
    match: UUID | None
    district: str | None
    requested_at: datetime
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    reason: str | None


class AssignmentView(AssignmentLine):
    """With what is needed, and why it is this worker or nobody, in sentences."""

    field: str | None
    language: str
    why_ko: str | None
    why_en: str | None


class AssignmentList(BaseModel):
    """A page by id; `next`: the next one's `after`."""

    items: list[AssignmentLine]
    next: UUID | None


class Computed(BaseModel):
    """How many have somebody proposed, and how many nobody."""

    role: AssignmentRole
    proposed: int
    open: int


def worker_view(one: Profile) -> WorkerView:
    """A worker as shown."""
    worker = one.worker
    return WorkerView(
        id=worker.id,
        roles=list(one.roles),
        fields=dict(worker.fields),
        languages=sorted(worker.languages),
        districts=sorted(worker.districts),
        capacity=worker.capacity,
        active=one.active,
        load=worker.load,
    )


def line(one: Assignment) -> AssignmentLine:
    """An assignment in a list."""
    return AssignmentLine(**_plain(one))


def view(shown: Shown) -> AssignmentView:
    """An assignment opened."""
    return AssignmentView(
        **_plain(shown.assignment),
        field=shown.needs.field,
        language=shown.needs.language,
        why_ko=shown.why.ko if shown.why else None,
        why_en=shown.why.en if shown.why else None,
    )


def _plain(one: Assignment) -> dict[str, object]:
    return {
        name: one.case_id if name == "case" else getattr(one, name) for name in AssignmentLine.model_fields
    }
