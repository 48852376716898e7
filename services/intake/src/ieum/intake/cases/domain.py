"""How a case moves: who may do what in which state, whose it is then, and until when. Pure.

Invariant: an open case has an owner and a due time at every moment; a closed one has no due time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, cast, get_args
from uuid import UUID

from ieum.common.events.intake_cases import CaseState, OpenState
from ieum.common.kernel.errors import Refusal, Stale
from ieum.common.service.city_cases import CaseDesk, CaseStep, CaseSteps, Mover

Command = Literal[
    "advance", "assess", "plan", "monitor", "follow-up", "close", "reopen",
    "assign", "join", "set-goal", "provide", "confer", "note",
]  # fmt: skip
COMMANDS: tuple[Command, ...] = get_args(Command)
RANKS: tuple[Mover, ...] = get_args(Mover)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a command leads to. `by` None: whoever the city lets end the present step.

    `last_step`: only when all steps of the state are done, so that none is lost.
    """

    to: CaseState
    by: Mover | None = None
    last_step: bool = False


def _work(state: OpenState) -> dict[tuple[CaseState, Command], Rule]:
    """What may be done in any open state without moving it."""
    return {
        (state, "advance"): Rule(state),
        (state, "assign"): Rule(state, "staff"),
        (state, "join"): Rule(state, "staff"),
        (state, "confer"): Rule(state, "staff"),
        (state, "note"): Rule(state, "staff"),
    }


TRANSITIONS: Mapping[tuple[CaseState, Command], Rule] = {
    **{key: rule for state in get_args(OpenState) for key, rule in _work(state).items()},
    ("reported", "assess"): Rule("consulting", last_step=True),
    ("reported", "close"): Rule("closed", "lead"),
    ("consulting", "set-goal"): Rule("consulting", "owner"),
    ("consulting", "provide"): Rule("consulting", "staff"),  # 긴급지원 does not wait for a plan
    ("consulting", "plan"): Rule("serving", last_step=True),
    ("consulting", "close"): Rule("closed", "lead"),
    ("serving", "set-goal"): Rule("serving", "owner"),
    ("serving", "provide"): Rule("serving", "staff"),
    ("serving", "monitor"): Rule("monitoring", last_step=True),
    ("serving", "close"): Rule("closed", "lead"),
    ("monitoring", "set-goal"): Rule("monitoring", "owner"),
    ("monitoring", "provide"): Rule("monitoring", "staff"),
    ("monitoring", "plan"): Rule("serving", "owner"),
    ("monitoring", "follow-up"): Rule("follow-up", last_step=True),
    ("monitoring", "close"): Rule("closed", "lead"),
    ("follow-up", "provide"): Rule("follow-up", "staff"),
    ("follow-up", "plan"): Rule("serving", "owner"),
    ("follow-up", "close"): Rule("closed", last_step=True),
    ("closed", "reopen"): Rule("consulting", "staff"),
}
"""Every legal transition; what is not here is refused with `case-transition`."""

STATE_WORDS: Mapping[CaseState, tuple[str, str]] = {
    "reported": ("신고 접수", "Report received"),
    "consulting": ("상담 중", "Being looked into"),
    "serving": ("서비스 제공 중", "Being helped"),
    "monitoring": ("모니터링 중", "Being watched over"),
    "follow-up": ("사후지원 중", "Being followed up"),
    "closed": ("종결", "Closed"),
}
"""A state in Korean and English, for whoever follows a report without a name."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as stored. `version` counts changes, `sequence` facts; `forgotten_at`: its words are gone."""

    id: UUID
    agency: str
    district: str
    source: str
    channel: str
    urgent: bool
    state: CaseState
    step: str
    owner: str
    due_at: datetime | None
    overdue_at: datetime | None
    version: int
    sequence: int
    opened_at: datetime
    closed_at: datetime | None
    forgotten_at: datetime | None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a report makes a case of."""

    id: UUID
    district: str
    source: str
    channel: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Worker:
    """Who gives a command; `official` of an agency stands for its lead."""

    id: str
    official: bool = False


def opened(new: Opening, steps: CaseSteps, desk: CaseDesk, now: datetime) -> Case:
    """A new case: whoever is on duty owns it until somebody takes it; danger to life waits for hours only."""
    first = steps.first("reported")
    due_at = first.due_at(now)
    if new.urgent:
        due_at = min(due_at, now + timedelta(hours=steps.urgent_hours))
    return Case(
        id=new.id,
        agency=desk.agency,
        district=new.district,
        source=new.source,
        channel=new.channel,
        urgent=new.urgent,
        state="reported",
        step=first.id,
        owner=desk.duty,
        due_at=due_at,
        overdue_at=None,
        version=1,
        sequence=1,
        opened_at=now,
        closed_at=None,
        forgotten_at=None,
    )


def rank(case: Case, worker: Worker, lead: str) -> Mover:
    """What somebody of the case's agency is to the case."""
    if worker.official or worker.id == lead:
        return "lead"
    return "owner" if worker.id == case.owner else "staff"


def decide(
    case: Case,
    command: Command,
    worker: Worker,
    steps: CaseSteps,
    lead: str,
    now: datetime,
    *,
    version: int,
    owner: str | None = None,
) -> Case:
    """The case after a command; `owner` is who shall have it, for `assign`.

    Raises Stale where `version` is not the present one; Refusal `case-transition`, `step-last` or
    `steps-left` (409), `case-rank` (403), `case-forgotten` (409).
    """
    if version != case.version:
        raise Stale
    rule = TRANSITIONS.get((case.state, command))
    if rule is None:
        raise _illegal()
    if case.forgotten_at:
        raise _forgotten()
    _check_rank(case, rule, rank(case, worker, lead), steps)
    moved = _moved(case, command, rule, steps, now)
    if command == "reopen":  # whoever owned it may be gone; who reopens it answers for it
        moved = replace(moved, owner=worker.id, closed_at=None)
    if command == "assign":
        moved = replace(moved, owner=owner or worker.id)
    return replace(moved, version=case.version + 1)


def escalated(case: Case, lead: str, now: datetime) -> Case:
    """The case after its step was not done in time: told once, and the lead has it."""
    return replace(case, owner=lead, overdue_at=now, version=case.version + 1)


def _check_rank(case: Case, rule: Rule, held: Mover, steps: CaseSteps) -> None:
    needed = rule.by or steps.at(cast("OpenState", case.state), case.step).mover
    if RANKS.index(held) < RANKS.index(needed):
        ko, en = _WHO[needed]
        raise Refusal(
            "case-rank",
            ko=f"이 단계에서는 {ko}만 할 수 있습니다.",
            en=f"At this step only {en} may do this.",
            status=403,
        )


_WHO: Mapping[Mover, tuple[str, str]] = {
    "staff": ("기관의 담당자", "the agency's staff"),
    "owner": ("사례 담당자나 기관의 책임자", "the case's owner or the agency's lead"),
    "lead": ("기관의 책임자", "the agency's lead"),
}


def _moved(case: Case, command: Command, rule: Rule, steps: CaseSteps, now: datetime) -> Case:
    if command == "reopen":
        return _enter(case, steps.first("consulting"), now)
    present = steps.at(cast("OpenState", case.state), case.step)
    following = steps.after(present)
    last = following is None or following.state != present.state
    if command == "advance":
        if following is None or last:
            raise _step_last()
        return _enter(case, following, now)
    if rule.last_step and not last:
        raise _steps_left()
    if rule.to == "closed":
        return replace(case, state="closed", due_at=None, overdue_at=None, closed_at=now)
    if rule.to == case.state:
        return case
    return _enter(case, steps.first(rule.to), now)


def _enter(case: Case, step: CaseStep, now: datetime) -> Case:
    return replace(case, state=step.state, step=step.id, due_at=step.due_at(now), overdue_at=None)


def _illegal() -> Refusal:
    return Refusal(
        "case-transition",
        ko="사례의 지금 단계에서는 할 수 없는 일입니다.",
        en="This cannot be done in the case's present state.",
        status=409,
    )


def _forgotten() -> Refusal:
    return Refusal(
        "case-forgotten",
        ko="보관 기간이 끝나 기록이 파기된 사례입니다. 새로 접수해 주십시오.",
        en="The records of this case were destroyed when their period ended. Please report anew.",
        status=409,
    )


def _step_last() -> Refusal:
    return Refusal(
        "step-last",
        ko="이 상태의 마지막 단계입니다. 다음 상태로 넘겨 주십시오.",
        en="This is the last step of its state. Please move the case to the next state.",
        status=409,
    )


def _steps_left() -> Refusal:
    return Refusal(
        "steps-left",
        ko="이 상태에서 마치지 않은 단계가 있습니다.",
        en="Steps of this state are not done yet.",
        status=409,
    )
