"""What may happen to an interview, and what it makes of a priority."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.events.programme import Criterion, Interviews, Text
from ieum.common.kernel.errors import Refusal
from ieum.matching.interviews.domain import (
    FULL,
    TRANSITIONS,
    Command,
    Interview,
    State,
    decide,
    priority,
    room,
    total_of,
)

NOW = datetime(2023, 3, 6, 1, 0, tzinfo=UTC)
CRITERIA = (
    Criterion(id="motive", name=Text(ko="동기", en="Motive"), points=10, weight=2),
    Criterion(id="skill", name=Text(ko="기술", en="Skill"), points=5),
)
POINTS = st.integers(min_value=0, max_value=FULL)


def rules(**changes: Any) -> Interviews:
    return Interviews(criteria=CRITERIA).model_copy(update=changes)


def interview(
    state: State = "booked", *, begins: timedelta = timedelta(hours=1), **changes: Any
) -> Interview:
    slotted = state in ("booked", "held", "missed")
    plain = Interview(
        id=uuid4(), candidate=uuid4(), application=uuid4(), person=uuid4(), programme="p", opening=uuid4(),
        organisation=uuid4(), state=state, reason=None, answer_by=NOW + timedelta(hours=1),
        slot=uuid4() if slotted else None, starts_at=NOW + begins if slotted else None,
        ends_at=NOW + begins + timedelta(minutes=30) if slotted else None,
        place="online" if slotted else None, total=None, most=None, scores=None, version=1,
    )  # fmt: skip
    return replace(plain, **changes)


def code(command: Command, one: Interview) -> str:
    with pytest.raises(Refusal) as refused:
        decide(one, command, NOW)
    return refused.value.code


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("command", get_args(Command))
def test_only_what_is_listed_can_happen(state: State, command: Command) -> None:
    begun = timedelta(minutes=-10) if command in ("hold", "miss") else timedelta(hours=1)
    one = interview(state, begins=begun)
    if following := TRANSITIONS.get((state, command)):
        assert decide(one, command, NOW) == following
    else:
        assert code(command, one) == "interview-state"


def test_time_decides_too() -> None:
    coming, begun = interview(), interview(begins=timedelta(minutes=-1))
    assert code("hold", coming) == code("miss", coming) == "not-begun"
    for command in ("book", "decline", "change", "call_off"):
        assert code(command, begun) == "begun-already"  # type: ignore[arg-type]  # a literal of the tuple
    late = interview("invited", answer_by=NOW - timedelta(seconds=1))
    assert code("book", late) == "too-late"
    assert decide(late, "decline", NOW) == "declined"


def test_who_found_no_time_is_invited_again_and_nobody_else() -> None:
    assert decide(interview("declined", reason="no-suitable-time"), "invite", NOW) == "invited"
    assert code("invite", interview("declined", reason="too-far")) == "interview-state"


def test_points_are_weighted_and_complete() -> None:
    assert total_of({"motive": 7, "skill": 5}, rules()) == (19, 25)
    for points, expected in (
        ({"motive": 7}, "scores-incomplete"),
        ({"motive": 7, "skill": 5, "looks": 5}, "scores-incomplete"),
        ({"motive": 11, "skill": 5}, "points-out-of-range"),
        ({"motive": -1, "skill": 5}, "points-out-of-range"),
    ):
        with pytest.raises(Refusal) as refused:
            total_of(points, rules())
        assert refused.value.code == expected


def test_a_priority_is_made_of_both_parts() -> None:
    held = interview("held", total=19, most=25)
    assert priority(600, held, rules(weight=100)) == 760
    assert priority(600, held, rules(weight=50)) == 680
    assert priority(600, None, rules(weight=50)) == 300
    assert priority(600, None, rules(weight=50, required=True)) is None
    assert priority(600, interview("declined"), rules(required=True)) is None
    missed = interview("missed")
    assert priority(600, missed, rules(weight=50)) is None
    assert priority(600, missed, rules(weight=50, no_show="zero")) == 300
    assert priority(600, missed, rules(weight=50, no_show="zero", required=True)) == 300


@given(POINTS, POINTS, st.integers(0, 25), st.integers(0, 25), st.integers(1, 100))
def test_more_is_never_worse(low: int, high: int, some: int, more: int, weight: int) -> None:
    low, high, some, more = min(low, high), max(low, high), min(some, more), max(some, more)
    weighed = rules(weight=weight)
    worse = priority(low, interview("held", total=some, most=25), weighed)
    better = priority(high, interview("held", total=more, most=25), weighed)
    assert worse is not None
    assert better is not None
    assert 0 <= worse <= better <= FULL


def test_a_shortlist_has_room_for_so_many_a_place() -> None:
    room(rules(per_place=3), 2, 4, 2)
    with pytest.raises(Refusal) as refused:
        room(rules(per_place=3), 2, 4, 3)
    assert refused.value.code == "shortlist-full"
