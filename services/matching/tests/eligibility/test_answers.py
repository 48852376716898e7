"""When a programme opens to a person, against asking every day; and whom a turning day leaves alone."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ieum.common.events.intake import Certificate
from ieum.common.events.programme import Period, Programme
from ieum.matching.eligibility.actions import turned
from ieum.matching.eligibility.answers import answer
from ieum.matching.eligibility.domain import Facts, decide_eligibility
from ieum.matching.roadmap.domain import fingerprint, roadmap, told

from .test_rules import a_programme
from .test_screening import MEDIANS, PEOPLE, programmes

TODAYS = st.dates(date(2026, 3, 20), date(2026, 4, 25))


@st.composite
def short_programmes(draw: Any) -> Programme:
    """Open for some weeks of spring, so that every day of them can be asked."""
    opens = draw(st.dates(date(2026, 3, 25), date(2026, 4, 20)))
    period = Period(opens=opens, closes=opens + timedelta(days=draw(st.integers(0, 30))))
    made: Programme = draw(programmes())
    return made.model_copy(update={"period": period, "id": draw(st.sampled_from(["p", "q", "r"]))})


@given(programme=short_programmes(), facts=PEOPLE, today=TODAYS)
@settings(max_examples=200, deadline=None)
def test_it_opens_on_the_first_day_on_which_asking_would_do(
    programme: Programme, facts: Facts, today: date
) -> None:
    """Oracle: every day from today to the last one."""
    period = programme.period
    days = [today + timedelta(days=number) for number in range(80)]
    fit = [
        day
        for day in days
        if period.opens <= day <= period.closes and not decide_eligibility(programme, facts, day, MEDIANS)
    ]
    found = answer(programme, facts, today, MEDIANS)
    assert found.opens_on == (fit[0] if fit else None)
    assert found.state == ("closed" if not fit else "open" if fit[0] == today else "later")
    assert bool(found.reasons) is (found.state != "open")


@given(
    wanted=st.lists(short_programmes(), max_size=3, unique_by=lambda one: one.id),
    people=st.lists(PEOPLE, min_size=1, max_size=6),
    before=TODAYS,
    passed=st.integers(1, 5),
)
@settings(max_examples=100, deadline=None)
def test_whoever_is_passed_over_when_the_day_turns_has_the_same_roadmap(
    wanted: list[Programme], people: list[Facts], before: date, passed: int
) -> None:
    """Of the others nothing is said: they are worked out, and told if it is another."""
    today = before + timedelta(days=passed)
    for facts, differs in zip(people, turned(wanted, people, (before, today), MEDIANS), strict=True):
        if not differs:
            assert _fingerprint(wanted, facts, before) == _fingerprint(wanted, facts, today)


def _fingerprint(wanted: list[Programme], facts: Facts, day: date) -> str:
    answers = [answer(programme, facts, day, MEDIANS) for programme in wanted]
    return fingerprint(told(roadmap(answers, facts.birth_date, day)))


def test_it_opens_when_a_certificate_begins_and_when_one_has_ended() -> None:
    no = {"ko": "안 됩니다.", "en": "No."}
    held = a_programme(statuses=[{"of": "status", "any_of": ["carer"], "refusal": no}])
    free = a_programme(rules=[{"id": "free", "expression": "statuses.size() == 0", "refusal": no}])
    papers = (
        Certificate(status="other", seen_on=date(2026, 1, 1), expires_on=date(2026, 4, 3)),
        Certificate(status="carer", seen_on=date(2026, 4, 7)),
    )
    today = date(2026, 4, 1)
    assert answer(held, Facts(None, certificates=papers), today).opens_on == date(2026, 4, 7)
    assert answer(free, Facts(None, certificates=papers), today).opens_on == date(2026, 4, 4)


def test_a_later_stage_comes_after_and_a_past_one_is_left_out() -> None:
    made = [
        a_programme().model_copy(update={"id": id_, "life_stages": stages})
        for id_, stages in (("a", ("child",)), ("b", ("old-age",)), ("c", ("youth", "old-age")))
    ]
    born, today = date(2000, 1, 1), date(2026, 4, 1)
    found = roadmap([answer(one, Facts(born), today) for one in made], born, today)
    assert [(one.life_stage, [a.programme.id for a in one.open]) for one in found.stages] == [
        ("youth", ["c"]),
        ("old-age", ["b"]),
    ]
