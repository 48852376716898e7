"""How a case moves: every cell of the table, by hand; whose it is and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ieum.common.kernel.errors import Refusal, Stale
from ieum.common.privacy.search import SearchKey
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY
from ieum.intake.cases import domain, facts, receipts
from ieum.intake.cases.domain import Case, Opening, Worker

STEPS = City.load(REPOSITORY / "deploy/cities/daegu").cases
DESK = STEPS.desk_for("27290")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 10:00 in Korea
LAST = {"reported": "discovery", "consulting": "conference", "serving": "provision",
        "monitoring": "closing-review", "follow-up": "aftercare", "closed": "aftercare"}  # fmt: skip
STATES = ("reported", "consulting", "serving", "monitoring", "follow-up", "closed")
# Where each command leads from the last step of a state: "=" stays, "!" is refused, "…" has no further step.
EXPECTED = """
            reported    consulting  serving     monitoring  follow-up   closed
advance     …           …           …           …           …           !
assess      consulting  !           !           !           !           !
plan        !           serving     !           serving     serving     !
monitor     !           !           monitoring  !           !           !
follow-up   !           !           !           follow-up   !           !
close       closed      closed      closed      closed      closed      !
reopen      !           !           !           !           !           consulting
assign      =           =           =           =           =           !
join        =           =           =           =           =           !
set-goal    !           =           =           =           !           !
provide     !           =           =           =           =           !
confer      =           =           =           =           =           !
note        =           =           =           =           =           !
"""
CELLS = [
    (state, command, wanted)
    for command, *row in (line.split() for line in EXPECTED.strip().splitlines()[1:])
    for state, wanted in zip(STATES, row, strict=True)
]


def case(state: str = "reported", step: str | None = None, **changes: Any) -> Case:
    new = domain.opened(Opening(uuid4(), "27290", "neighbour", "web", False), STEPS, DESK, NOW)
    closed = state == "closed"
    moved = replace(new, state=state, step=step or LAST[state], owner="lee", due_at=None if closed else NOW)  # type: ignore[arg-type]
    return replace(moved, closed_at=NOW if closed else None, **changes)


def decide(found: Case, command: str, who: str = DESK.lead, **more: Any) -> Case:
    more = {"version": found.version} | more
    official = more.pop("official", False)
    return domain.decide(found, command, Worker(who, official), STEPS, DESK.lead, NOW, **more)  # type: ignore[arg-type]


def test_the_table_by_hand_has_every_cell() -> None:
    assert {(state, command) for state, command, _ in CELLS} == {
        (state, command) for state in STATES for command in domain.COMMANDS
    }


@pytest.mark.parametrize(("state", "command", "wanted"), CELLS)
def test_each_command_in_each_state(state: str, command: str, wanted: str) -> None:
    found = case(state)
    if wanted in {"!", "…"}:
        with pytest.raises(Refusal) as caught:
            decide(found, command)
        code = "step-last" if wanted == "…" else "case-transition"
        assert (caught.value.code, caught.value.status) == (code, 409)
        return
    after = decide(found, command)
    assert after.state == (state if wanted == "=" else wanted)
    assert after.version == found.version + 1
    assert after.owner
    assert (after.due_at is None) == (after.state == "closed") == (after.closed_at is not None)


def test_no_step_of_a_state_is_lost() -> None:
    found = decide(case("reported"), "assess")
    walked = [found.step]
    with pytest.raises(Refusal) as caught:
        decide(found, "plan")
    assert caught.value.code == "steps-left"
    while found.step != "conference":
        found = decide(found, "advance")
        walked.append(found.step)
    assert walked == ["first-counselling", "reception", "survey", "conference"]
    assert decide(found, "plan").step == "plan"


@pytest.mark.parametrize(
    ("state", "step", "command", "needed"),
    [
        ("reported", "discovery", "assess", "staff"),
        ("reported", "discovery", "close", "lead"),
        ("consulting", "survey", "advance", "owner"),
        ("consulting", "conference", "plan", "lead"),
        ("serving", "provision", "monitor", "owner"),
        ("serving", "provision", "set-goal", "owner"),
        ("serving", "provision", "provide", "staff"),
        ("monitoring", "closing-review", "follow-up", "lead"),
        ("monitoring", "closing-review", "plan", "owner"),
        ("follow-up", "aftercare", "close", "owner"),
        ("closed", "aftercare", "reopen", "staff"),
    ],
)
def test_who_may_do_it_is_named(state: str, step: str, command: str, needed: str) -> None:
    """The lead may all that the owner may, the owner all that staff may; an official stands for the lead."""
    ranks = ["staff", "owner", "lead"]
    for held, who in zip(ranks, ("park", "lee", DESK.lead), strict=True):
        if ranks.index(held) >= ranks.index(needed):
            assert decide(case(state, step), command, who).version == 2
        else:
            with pytest.raises(Refusal) as caught:
                decide(case(state, step), command, who)
            assert (caught.value.code, caught.value.status) == ("case-rank", 403)
    assert decide(case(state, step), command, "choi", official=True).version == 2


def test_a_stale_version_is_refused_before_anything_else() -> None:
    with pytest.raises(Stale) as caught:
        decide(case("closed"), "advance", version=7)
    assert caught.value.status == 412


def test_a_report_is_the_desks_until_somebody_takes_it_and_danger_waits_an_hour() -> None:
    calm, urgent = (
        domain.opened(Opening(uuid4(), "27290", "neighbour", "web", danger), STEPS, DESK, NOW)
        for danger in (False, True)
    )
    assert (calm.owner, calm.agency, calm.step) == ("dalseo-gu-hope-duty", "dalseo-gu-hope", "discovery")
    assert calm.due_at == datetime(2026, 3, 3, 14, 59, 59, tzinfo=UTC)
    assert urgent.due_at == NOW + timedelta(hours=1)
    assert decide(calm, "assign", "park", owner="choi").owner == "choi"


def test_what_is_late_goes_to_the_lead_and_the_next_step_is_on_time_again() -> None:
    late = domain.escalated(case("consulting", "survey"), DESK.lead, NOW)
    assert (late.owner, late.overdue_at, late.due_at) == (DESK.lead, NOW, NOW)
    moved = decide(late, "advance")
    assert (moved.overdue_at, moved.owner) == (None, DESK.lead)
    assert moved.due_at == datetime(2026, 3, 7, 14, 59, 59, tzinfo=UTC)


def test_whoever_reopens_a_case_owns_it_unless_its_records_are_gone() -> None:
    assert decide(case("closed"), "reopen", "park").owner == "park"
    with pytest.raises(Refusal) as caught:
        decide(case("closed", forgotten_at=NOW), "reopen")
    assert caught.value.code == "case-forgotten"


def test_a_step_that_the_pack_dropped_counts_as_the_first_of_its_state() -> None:
    assert decide(case("consulting", "gone-since"), "advance", "lee").step == "reception"


def test_every_command_that_moves_a_state_is_told_of() -> None:
    told = set(facts.OF) - {"report", "overdue", "provide"}
    moving = {command for (state, command), rule in domain.TRANSITIONS.items() if rule.to != state}
    assert told == moving


def test_a_receipt_code_is_found_however_it_was_heard_and_differs_for_each_report() -> None:
    search = SearchKey(bytes(32))
    codes = {receipts.code_of(search, UUID(int=n)) for n in range(500)}
    assert len(codes) == 500
    code = receipts.code_of(search, UUID(int=1))
    hashed = receipts.hash_of(search, code)
    heard = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert hashed is not None
    assert receipts.hash_of(search, heard) == hashed
    assert receipts.hash_of(search, code[:-1]) is None
    assert receipts.code_of(SearchKey(bytes(31) + b"1"), UUID(int=1)) != code
