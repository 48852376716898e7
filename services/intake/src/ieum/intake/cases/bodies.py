"""What HTTP takes about cases, with an example each."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from ieum.common.events.intake_cases import Closing
from ieum.common.events.programme import Name
from ieum.common.web import Body
from ieum.intake.cases.private import Topic

Staff = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Long = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
WON_MAX = 10_000_000_000


def _example(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class Assign(Body):
    """Who shall have the case."""

    model_config = _example(owner="lee")
    owner: Staff


class HandOver(Body):
    """All open cases of one owner go to another, as the one leaves."""

    model_config = _example(**{"from": "lee", "to": "park"})
    from_: Annotated[Staff, Field(alias="from")]
    to: Staff


class Step(Body):
    """Where the case goes; `reason` is sealed."""

    model_config = _example(to="assess", reason="방문하여 확인하였습니다.")
    to: Literal["advance", "assess", "plan", "monitor", "follow-up"]
    reason: Long | None = None


class Close(Body):
    """Why the case ends: a code that is told, and words that are sealed."""

    model_config = _example(reason="goals-met", words="목표를 모두 이루었습니다.")
    reason: Closing
    words: Long | None = None


class Reopen(Body):
    """Why a closed case goes on; sealed. Whoever reopens it owns it."""

    model_config = _example(reason="다시 도움이 필요하다고 연락해 오셨습니다.")
    reason: Long


class Join(Body):
    """A registered person of the same household."""

    model_config = _example(person="01900000-0000-7000-8000-00000000c002")
    person: UUID


class SetGoal(Body):
    """A goal of the plan; sealed."""

    model_config = _example(goal="하루 두 끼를 거르지 않습니다.", due_on="2026-12-31")
    goal: Long
    due_on: date


class Provide(Body):
    """A service that was provided: both days included, cost in won. All of it is told: no names."""

    model_config = _example(
        service="meal-delivery", provider="daegu-welfare-centre", since="2026-11-01", until="2026-11-30",
        cost_won=210000,
    )  # fmt: skip
    service: Name
    provider: Name
    since: date
    until: date
    cost_won: Annotated[int, Field(ge=0, le=WON_MAX)] = 0


class Participant(Body):
    """Who took part, by role and agency."""

    role: Name
    agency: Name


class Confer(Body):
    """A case conference; the decision is sealed."""

    model_config = _example(
        held_on="2026-11-20", decision="통합사례관리 대상으로 정합니다.",
        participants=[{"role": "supervisor", "agency": "daegu-social-service"}],
    )  # fmt: skip
    held_on: date
    participants: Annotated[list[Participant], Field(min_length=1, max_length=50)]
    decision: Long


class WriteNote(Body):
    """A restricted note for the staff named, beside whoever writes it."""

    model_config = _example(topic="mental-health", text="(가상) 상담 내용", readers=["park"])
    topic: Topic
    text: Long
    readers: Annotated[list[Staff], Field(max_length=20)] = []
