"""Ranking is decided by the facts alone, in integers, and its shares add up to its score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ieum.common.events.intake import OpeningPublished, PersonProfile
from ieum.matching.markets.domain import fold_openings
from ieum.matching.ranking.domain import (
    FACTORS,
    FULL,
    Position,
    Profile,
    Rules,
    Scorer,
    likeness,
    limits,
    position_of,
    priorities,
    profile_of,
    rank,
    rules_of,
    time_bits,
)
from ieum.matching.ranking.index import Index
from ieum.matching.ranking.words import field_of, skill_of

from .facts import definition, opening

SKILLS = ["figma", "ux", "excel", "sns", "python"]
FIELDS = ["디자인", "정보통신", "음식서비스", "코딩", "웹 개발", "바리스타", "자개 공방"]
MAJORS = ["08", "20", "13"]
DISTRICTS = ["27110", "27140", "27260", "27290"]
TIMES = ["mon-am", "mon-pm", "tue-eve", "sun-eve"]
IDS = [UUID(int=number) for number in range(1, 13)]
YES = Rules(skills=40, field=25, experience=15, district=10, wishes=10, groups=(), choices_max=5)

rules = st.builds(
    Rules,
    skills=st.integers(0, 1000),
    field=st.integers(0, 1000),
    experience=st.integers(0, 1000),
    district=st.integers(0, 1000),
    wishes=st.integers(0, 1000),
    groups=st.dictionaries(st.sampled_from(["near-poor", "disabled"]), st.integers(0, 1000)).map(
        lambda groups: tuple(sorted(groups.items()))
    ),
    choices_max=st.integers(1, 12),
    travel=st.integers(0, 1000),
    hours=st.integers(0, 1000),
)
times = st.frozensets(st.sampled_from(TIMES)).map(time_bits)
profiles = st.builds(
    Profile,
    district=st.sampled_from([*DISTRICTS, None]),
    skills=st.frozensets(st.sampled_from(SKILLS)),
    fields=st.frozensets(st.sampled_from(FIELDS)),
    experience_months=st.integers(0, 600),
    groups=st.frozensets(st.sampled_from(["near-poor", "disabled"])),
    choices=st.lists(st.sampled_from(IDS), unique=True).map(tuple),
    near=st.frozensets(st.sampled_from(DISTRICTS)),
    times=times,
    majors=st.frozensets(st.sampled_from(MAJORS)),
    wholes=st.frozensets(st.sampled_from(MAJORS)),
)
positions = st.lists(
    st.builds(
        Position,
        id=st.sampled_from(IDS),
        district=st.sampled_from(DISTRICTS),
        field=st.sampled_from(FIELDS),
        skills=st.frozensets(st.sampled_from(SKILLS)),
        times=times,
        major=st.sampled_from([*MAJORS, None]),
        whole=st.booleans(),
    ),
    unique_by=lambda position: position.id,
)


@settings(deadline=None)
@given(profiles, positions, rules, st.randoms())
def test_the_order_in_which_openings_come_changes_nothing(profile, openings, weights, random) -> None:
    shuffled = random.sample(openings, len(openings))
    assert rank(profile, openings, weights, 5) == rank(profile, shuffled, weights, 5)


@settings(deadline=None)
@given(profiles, positions, rules)
def test_scores_are_from_0_to_1000_and_no_share_exceeds_its_limit(profile, openings, weights) -> None:
    for fit in rank(profile, openings, weights, 20):
        assert 0 <= fit.priority <= fit.score <= FULL
        assert fit.score == sum(fit.shares)
        assert all(0 <= share <= most for share, most in zip(fit.shares, limits(weights), strict=True))


@settings(deadline=None)
@given(profiles, positions, rules, st.integers(1, 20))
def test_the_top_is_the_beginning_of_the_whole_order(profile, openings, weights, top) -> None:
    everything = rank(profile, openings, weights, len(openings))
    scores = [fit.score for fit in everything]
    assert scores == sorted(scores, reverse=True)
    assert rank(profile, openings, weights, top) == everything[:top]


@settings(deadline=None)
@given(profiles, positions, rules)
def test_what_one_wishes_does_not_move_the_priority(profile, openings, weights) -> None:
    """Or truthful ranking of the choices would not be best in a round."""
    reversed_ = replace(profile, choices=profile.choices[::-1])
    assert priorities(profile, openings, weights) == priorities(reversed_, openings, weights)


def test_the_points_of_yes_matching_by_hand() -> None:
    """One of two skills (400 / 2), the field (250), 6 of 24 months (150 / 4), the district (100),
    the second of five choices (100 × 4/5); in full agreement 1000.
    """
    first, second = IDS[0], IDS[1]
    person = Profile("27110", frozenset({"figma"}), frozenset({"디자인"}), 6, frozenset(), (first, second))
    opening = Position(second, "27110", "디자인", frozenset({"figma", "ux"}))
    fit = Scorer(person, YES).fit(opening)
    assert dict(zip(FACTORS, fit.shares, strict=True)) == {
        "skills": 200, "field": 250, "experience": 37, "district": 100, "travel": 0, "hours": 0,
        "wishes": 80, "groups": 0,
    }  # fmt: skip
    assert (fit.score, fit.priority) == (667, 587)
    best = Profile("27110", frozenset({"figma", "ux"}), frozenset({"디자인"}), 24, frozenset(), (second,))
    assert Scorer(best, YES).fit(opening).score == FULL


CARE = Rules(
    skills=0, field=0, experience=0, district=10, travel=30, hours=40, wishes=20, groups=(), choices_max=2
)  # fmt: skip


@pytest.mark.parametrize(
    ("where", "said", "asked", "shares"),
    [
        ("27110", TIMES[:2], TIMES[:2], {"district": 100, "travel": 300, "hours": 400}),
        ("27140", TIMES[:2], TIMES[:3], {"district": 0, "travel": 150, "hours": 266}),  # 400 × 2/3
        ("27290", TIMES, TIMES[3:], {"district": 0, "travel": 0, "hours": 400}),
        ("27140", [], TIMES[:1], {"district": 0, "travel": 150, "hours": 0}),  # nothing said, nothing met
        ("27140", [], [], {"district": 0, "travel": 150, "hours": 400}),  # nothing asked
    ],
)
def test_the_points_of_travel_and_hours_by_hand(
    where: str, said: list[str], asked: list[str], shares: dict[str, int]
) -> None:
    """In the own district all of 300, in one beside it half; of the times asked for the share of 400."""
    person = Profile(
        "27110", frozenset(), frozenset(), 0, frozenset(), (), frozenset({"27140"}), time_bits(said)
    )
    fit = Scorer(person, CARE).fit(Position(IDS[0], where, "돌봄", frozenset(), time_bits(asked)))
    assert {name: share for name, share in zip(FACTORS, fit.shares, strict=True) if name in shares} == shares


def test_who_lives_nowhere_known_is_near_nothing() -> None:
    person = profile_of(PersonProfile(birth_date=date(1998, 5, 1)), None, [], {"27110": frozenset({"27140"})})
    assert (person.near, person.times) == (frozenset(), 0)


@settings(deadline=None)
@given(profiles, positions, rules)
def test_a_programme_that_weighs_neither_scores_words_of_no_list_as_before_there_were_travel_and_hours(
    profile, openings, weights
) -> None:
    """The formula of before, written out: no other share moves, and the two new ones are nothing."""
    old = replace(weights, travel=0, hours=0)
    profile = replace(profile, majors=frozenset(), wholes=frozenset())
    openings = [replace(one, major=None, whole=False) for one in openings]
    groups = sum(weight for _, weight in old.groups)
    plain = (old.skills, old.field, old.experience, old.district, old.wishes)
    total = max(sum(plain) + groups, 1)
    for one in openings:
        wanted, met = len(one.skills), len(one.skills & profile.skills)
        liked = profile.choices.index(one.id) if one.id in profile.choices else old.choices_max
        held = sum(weight for group, weight in old.groups if group in profile.groups)
        shares = (
            old.skills * FULL * met // (wanted * total) if wanted else old.skills * FULL // total,
            old.field * FULL // total if one.field in profile.fields else 0,
            old.experience * FULL * min(profile.experience_months, 24) // (24 * total),
            old.district * FULL // total if one.district == profile.district else 0,
            0,
            0,
            old.wishes * FULL * max(old.choices_max - liked, 0) // (old.choices_max * total),
            held * FULL // total,
        )
        assert Scorer(profile, old).fit(one).shares == shares


def test_an_opening_told_before_there_were_working_times_asks_for_none() -> None:
    told = opening("old").data
    assert isinstance(told, OpeningPublished)
    assert (told.working_times, definition().matching.factors.hours) == ([], 0)


def test_the_weights_are_those_of_the_programme_file() -> None:
    assert rules_of(definition()) == YES


@pytest.mark.parametrize("text", ["Jagae", " jagae ", "JAGAE"])
def test_what_no_list_has_is_compared_without_case_and_spaces_and_means_itself(text: str) -> None:
    assert skill_of(text) == "jagae"
    assert field_of(text) == ("jagae", None, False)


@pytest.mark.parametrize(
    ("said", "asked", "met"),
    [
        ("코딩", "프로그래밍", 2),  # one kind of work under two names
        ("Coding", "개발자", 2),
        ("정보통신", "웹 개발", 2),  # all of the field, and a part of it
        ("웹개발", "IT", 2),
        ("정보통신", "정보통신", 2),
        ("코딩", "웹 개발", 1),  # two parts of one field
        ("바리스타", "요리사", 1),
        ("음식 서비스직", "음식서비스", 2),  # KECO 53 is NCS 13
        ("코딩", "카페", 0),
        ("자개 공방", "자개  공방", 2),
        ("자개 공방", "나전 공방", 0),
    ],
)
def test_fields_of_work_are_alike_by_the_classification(said: str, asked: str, met: int) -> None:
    person = profile_of(PersonProfile(birth_date=date(1998, 5, 1), fields=[said]), None, [])
    assert likeness(person, place_of(field=asked)) == met
    only = Rules(0, 80, 0, 0, 0, (), 1)
    fit = Scorer(person, only).fit(place_of(field=asked))
    assert (fit.score, Index([place_of(field=asked)]).top(person, only, 1)) == (500 * met, [fit])


def test_the_likest_of_several_fields_counts() -> None:
    facts = PersonProfile(birth_date=date(1998, 5, 1), fields=["카페", "웹 개발", "코딩"])
    person = profile_of(facts, None, [])
    assert [likeness(person, place_of(field=one)) for one in ("프로그래밍", "앱 개발", "경비")] == [2, 1, 0]


def test_skills_are_one_under_all_their_names() -> None:
    facts = PersonProfile(birth_date=date(1998, 5, 1), skills=["한컴오피스", "MS Excel", "HWP", "자개"])
    person = profile_of(facts, None, [])
    fit = Scorer(person, YES).fit(place_of(skills=["한글", "엑셀", "포토샵", "자개"]))
    assert fit.shares[0] == 300  # three of four, 400 × 3/4
    assert person.said.skills["한글"] == "한컴오피스"


def place_of(**changes: Any) -> Position:
    plain = {"district": "27110", "field": "디자인", "skills": []} | changes
    (made,) = fold_openings([opening("o", **plain)])
    return position_of(made)


@settings(deadline=None, max_examples=400)
@given(profiles, positions, rules, st.integers(1, 14))
def test_the_index_gives_what_brute_force_gives_ties_included(profile, openings, weights, top) -> None:
    assert Index(openings).top(profile, weights, top) == rank(profile, openings, weights, top)


def test_the_index_of_many_gives_what_brute_force_gives() -> None:
    chance = Random(3)
    openings = [
        Position(
            UUID(int=number), chance.choice(DISTRICTS), chance.choice(FIELDS),
            frozenset(chance.sample(SKILLS, chance.randrange(4))),
            time_bits(chance.sample(TIMES, chance.randrange(4))), chance.choice([*MAJORS, None]),
            chance.random() < 0.2,
        )
        for number in range(3_000)
    ]  # fmt: skip
    index = Index(openings)
    for _ in range(20):
        profile = Profile(
            district=chance.choice([*DISTRICTS, None]),
            skills=frozenset(chance.sample(SKILLS, 2)),
            fields=frozenset(chance.sample(FIELDS, 1)),
            experience_months=chance.randrange(30),
            groups=frozenset(),
            choices=tuple(one.id for one in chance.sample(openings, 5)),
            near=frozenset(chance.sample(DISTRICTS, 2)),
            times=time_bits(chance.sample(TIMES, 2)),
            majors=frozenset(chance.sample(MAJORS, 2)),
            wholes=frozenset(chance.sample(MAJORS, 1)),
        )
        for weights in (YES, CARE):
            assert index.top(profile, weights, 10) == rank(profile, openings, weights, 10)
