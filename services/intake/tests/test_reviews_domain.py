"""Scores become one result: by hand, and by properties that hold for any scores."""

from __future__ import annotations

from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.events.programme import Criterion, Review, Text
from ieum.common.kernel.errors import Refusal
from ieum.intake.reviews import domain
from ieum.intake.reviews.domain import Result, Seat

NAME = Text(ko="기준", en="criterion")


def rules(combine: str = "mean", *, reviewers: int = 3, weights: tuple[int, ...] = (1, 1)) -> Review:
    criteria = [
        Criterion(id=f"c{at}", name=NAME, points=100, weight=weight) for at, weight in enumerate(weights)
    ]
    return Review.model_validate(
        {"reviewers": reviewers, "criteria": criteria, "combine": combine, "ties": ["c1"]}
    )


def scored(*rows: tuple[int, ...]) -> list[dict[str, int]]:
    return [{f"c{at}": points for at, points in enumerate(row)} for row in rows]


@pytest.mark.parametrize(
    ("found", "rows", "total", "criteria"),
    [
        # (40+30) + (35+28) + (38+29) = 200; 200/3 = 66.666… → 66.67; 113/3 = 37.67; 87/3 = 29
        (rules(), [(40, 30), (35, 28), (38, 29)], 6667, {"c0": 3767, "c1": 2900}),
        # 1/3 = 0.333… → 0.33; 2/3 → 0.67
        (rules(), [(1, 0), (0, 1), (0, 1)], 100, {"c0": 33, "c1": 67}),
        # 1/8 = 0.125 → 0.13: half up
        (rules(reviewers=8), [(1, 0), *[(0, 0)] * 7], 13, {"c0": 13, "c1": 0}),
        # totals 10, 50, 60, 100: 10 and 100 left out; (50+60)/2 = 55
        (rules("trimmed-mean", reviewers=4), [(10, 0), (100, 0), (20, 30), (0, 60)], 5500,
         {"c0": 1000, "c1": 4500}),
        # weights 2 and 1: (2·10+4) + (2·20+5) + (2·30+6) = 135; /3 = 45
        (rules(weights=(2, 1)), [(10, 4), (20, 5), (30, 6)], 4500, {"c0": 2000, "c1": 500}),
        # equal totals: one of the two highest is left out, and one of the lowest
        (rules("trimmed-mean"), [(50, 0), (50, 0), (0, 50)], 5000, {"c0": 5000, "c1": 0}),
        (rules(reviewers=1), [(7, 8)], 1500, {"c0": 700, "c1": 800}),
    ],
)  # fmt: skip
def test_results_worked_out_by_hand(
    found: Review, rows: list[tuple[int, ...]], total: int, criteria: dict[str, int]
) -> None:
    assert domain.result(found, scored(*rows)) == Result(total, criteria)


ROWS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=3, max_size=9)
COMBINE = st.sampled_from(["mean", "trimmed-mean"])
WEIGHTS = st.tuples(st.integers(1, 100), st.integers(1, 100))


@given(rows=ROWS, combine=COMBINE, weights=WEIGHTS, order=st.randoms(use_true_random=False))
def test_the_order_in_which_reviewers_scored_changes_nothing(rows, combine, weights, order) -> None:
    found = rules(combine, reviewers=len(rows), weights=weights)
    shuffled = order.sample(rows, len(rows))
    assert domain.result(found, scored(*rows)) == domain.result(found, scored(*shuffled))


@given(rows=ROWS, combine=COMBINE, weights=WEIGHTS)
def test_the_total_is_the_exact_average_to_half_a_hundredth(rows, combine, weights) -> None:
    """Against fractions: the totals sorted, the ends cut off, and divided."""
    totals = sorted(Fraction(a * weights[0] + b * weights[1]) for a, b in rows)
    counted = totals[1:-1] if combine == "trimmed-mean" else totals
    exact = sum(counted) / len(counted) * 100
    found = domain.result(rules(combine, reviewers=len(rows), weights=weights), scored(*rows)).total
    assert -Fraction(1, 2) < exact - found <= Fraction(1, 2) or found - exact == Fraction(1, 2)
    assert found == int(exact + Fraction(1, 2))


@given(rows=ROWS, combine=COMBINE, better=st.integers(0, 8), points=st.integers(0, 100))
def test_a_higher_score_never_lowers_the_total(rows, combine, better, points) -> None:
    at = better % len(rows)
    raised = [*rows]
    raised[at] = (max(rows[at][0], points), rows[at][1])
    found = rules(combine, reviewers=len(rows))
    assert domain.result(found, scored(*raised)).total >= domain.result(found, scored(*rows)).total


@given(rows=ROWS, wild=st.integers(0, 100))
def test_without_the_extremes_one_reviewer_cannot_leave_the_others_range(rows, wild) -> None:
    found = rules("trimmed-mean", reviewers=len(rows) + 1)
    totals = [100 * (a + b) for a, b in rows]
    total = domain.result(found, scored(*rows, (wild, wild))).total
    assert min(totals) <= total <= max(totals)


IDS = [UUID(int=at) for at in range(1, 5)]


def test_equals_are_told_apart_by_the_files_criteria_and_share_a_rank_else() -> None:
    results = {
        IDS[0]: Result(8000, {"c0": 5000, "c1": 3000}),
        IDS[1]: Result(9000, {"c0": 5000, "c1": 4000}),
        IDS[2]: Result(8000, {"c0": 3000, "c1": 5000}),
        IDS[3]: Result(8000, {"c0": 5000, "c1": 3000}),
    }
    assert domain.standing(rules(), results) == [(1, IDS[1]), (2, IDS[2]), (3, IDS[0]), (3, IDS[3])]
    assert domain.standing(rules(), {IDS[0]: results[IDS[0]]}) == [(1, IDS[0])]
    assert domain.standing(rules(), {}) == []


def seat(reviewer: str, **more: object) -> Seat:
    return Seat(application=IDS[0], reviewer=reviewer, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("near", "taken", "found"),
    [
        (set(), [], ["lee", "park", "choi"]),
        ({"lee"}, [], ["park", "choi", "jung"]),
        (set(), [seat("lee", conflict="kin"), seat("park"), seat("choi")], ["jung"]),
        (set(), [seat("lee"), seat("park"), seat("choi")], []),
        ({"park", "choi"}, [seat("lee", conflict="work")], ["jung"]),
    ],
)
def test_seats_go_to_the_first_who_may(near: set[str], taken: list[Seat], found: list[str]) -> None:
    assert domain.seats(["lee", "park", "choi", "jung", "lee"], near, taken, 3) == found


@pytest.mark.parametrize(
    ("scores", "code", "pointer"),
    [
        ({"c0": 1}, "scores-incomplete", "/scores"),
        ({"c0": 1, "c1": 1, "c2": 1}, "scores-incomplete", "/scores"),
        ({"c0": 101, "c1": 1}, "score-out-of-bounds", "/scores/c0"),
        ({"c0": 1, "c1": -1}, "score-out-of-bounds", "/scores/c1"),
    ],
)
def test_scores_are_whole_and_within_bounds(scores: dict[str, int], code: str, pointer: str) -> None:
    with pytest.raises(Refusal) as refused:
        domain.check_scores(rules(), scores)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    domain.check_scores(rules(), {"c0": 0, "c1": 100})
