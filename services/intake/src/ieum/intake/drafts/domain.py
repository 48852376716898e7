"""What an unfinished application may hold, and how long it is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from ieum.common.events.intake import Answer
from ieum.common.events.model import PrivateData, Sealed
from ieum.common.events.programme import Choices, Programme
from ieum.common.events.programme_form import AnswerFault, answer_faults
from ieum.common.kernel.errors import Refusal
from ieum.intake.applications.domain import Market, ranked
from ieum.intake.openings.domain import Opening

KEPT = timedelta(days=30)
"""After the last change; then it is gone unasked, as its purpose is (개인정보 보호법 21)."""


class DraftContent(PrivateData):
    """Record class `application`: what was chosen and written so far."""

    record_class: ClassVar[str] = "application"
    choices: list[UUID] = []
    answers: dict[str, Answer] = {}


@dataclass(frozen=True)
class Draft:
    """A draft as stored; whoever changes it says which `version` was read."""

    id: UUID
    person: UUID
    programme: str
    content: Sealed
    agency: str | None
    version: int
    made_at: datetime
    changed_at: datetime
    expires_at: datetime


def content(
    programme: Programme, choices: Sequence[str], openings: Iterable[Opening], answers: Mapping[str, Answer]
) -> DraftContent:
    """What may be saved: what is there must fit, what is not there yet may be lacking.

    Raises Refusal with the field's pointer, all faulty answers at once.
    """
    most = programme.choices.max
    unbound = programme.model_copy(update={"choices": Choices(min=0, max=most)})
    chosen = ranked(unbound, choices, Market(openings))
    refuse_all(_refusal(fault) for fault in _faults(programme, answers) if _name(fault) in answers)
    return DraftContent(choices=[one.id for one in chosen], answers=dict(answers))


def lacking(programme: Programme, answers: Mapping[str, Answer]) -> list[Refusal]:
    """What keeps the answers from being submitted, in the form's order."""
    return [_refusal(fault) for fault in _faults(programme, answers)]


def refuse_all(refusals: Iterable[Refusal]) -> None:
    """Raise the first, with the others told beside it; none: nothing."""
    found = list(refusals)
    if found:
        found[0].others = tuple(found[1:])
        raise found[0]


def _faults(programme: Programme, answers: Mapping[str, Answer]) -> list[AnswerFault]:
    return list(answer_faults(programme.form, answers)) if programme.form else []


def _name(fault: AnswerFault) -> str:
    return fault.pointer.split("/")[1]


def _refusal(fault: AnswerFault) -> Refusal:
    return Refusal("answer-invalid", ko=fault.ko, en=fault.en, pointer=f"/answers{fault.pointer}")
