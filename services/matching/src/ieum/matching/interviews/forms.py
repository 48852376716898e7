"""What the forms on the pages of interviews send."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import parse_qsl
from uuid import UUID

from pydantic import Field, StringConstraints, ValidationError

from ieum.common.events.matching_interviews import WhyCalledOff, WhyChanged
from ieum.common.kernel.dates import KST
from ieum.common.kernel.errors import Refusal
from ieum.common.web import Body
from ieum.matching.interviews.views import Declining

FIELDS_MAX = 30
_POINTS = "points-"

_Number = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}$")]  # forms know text alone


class WorkplaceForm(Body):
    """A button of the workplace's page, and what was filled in beside it."""

    do: Literal["shortlist", "offer", "invite", "change", "call_off", "miss", "score"]
    candidate: UUID | None = None
    interview: UUID | None = None
    on: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")] | None = None
    at: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}:[0-9]{2}$")] | None = None
    minutes: _Number = "30"
    place: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    moved: WhyChanged | None = None
    off: WhyCalledOff | None = None
    points: dict[str, _Number] = Field(default_factory=dict, max_length=20)

    def time(self) -> tuple[datetime, datetime, str]:
        """The time that was filled in, in Korea; raises Refusal 422 `form-unreadable`."""
        try:
            starts = datetime.fromisoformat(f"{self.on}T{self.at}").replace(tzinfo=KST)
        except ValueError:
            raise unreadable() from None
        if not self.place or not 5 <= int(self.minutes) <= 480:  # noqa: PLR2004  # as over HTTP
            raise unreadable()
        return starts, starts + timedelta(minutes=int(self.minutes)), self.place


class PersonForm(Body):
    """A button of the person's page."""

    do: Literal["book", "decline"]
    interview: UUID
    slot: UUID | None = None
    why: Declining | None = None


def fields(raw: bytes) -> dict[str, object]:
    """What a form sent, points by criterion; raises Refusal 422 `form-unreadable`."""
    try:
        sent = parse_qsl(raw.decode(), max_num_fields=FIELDS_MAX)
    except ValueError:
        raise unreadable() from None
    plain: dict[str, object] = {
        name: value for name, value in sent if name != "csrf" and not name.startswith(_POINTS)
    }
    points = {name.removeprefix(_POINTS): value for name, value in sent if name.startswith(_POINTS)}
    return plain | ({"points": points} if points else {})


def of_workplace(raw: bytes) -> WorkplaceForm:
    """The workplace's form; raises Refusal 422 `form-unreadable`."""
    try:
        return WorkplaceForm.model_validate(fields(raw))
    except ValidationError:
        raise unreadable() from None


def of_person(raw: bytes) -> PersonForm:
    """The person's form; raises Refusal 422 `form-unreadable`."""
    try:
        return PersonForm.model_validate(fields(raw))
    except ValidationError:
        raise unreadable() from None


def unreadable() -> Refusal:
    """Something was left out or is not what it should be."""
    return Refusal(
        "form-unreadable",
        ko="입력하신 내용을 확인해 주십시오.",
        en="Please check what was entered.",
    )
