"""What is hidden cannot be worked out from what is shown."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ieum.matching.fairness.suppression import SMALL, Masked, suppress

TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 12) | st.just(0), min_size=width, max_size=width), min_size=1, max_size=5
    )
)


def test_a_table_of_large_numbers_is_shown_whole() -> None:
    shown = suppress([[10, 20], [30, 40]])
    assert shown == Masked(((10, 20), (30, 40)), (30, 70), (40, 60), 100)


def test_one_small_number_takes_three_others_along() -> None:
    """The smallest of its row and of its column, and the one where these meet: else it would follow."""
    shown = suppress([[3, 20, 30], [25, 22, 40], [50, 60, 70]])
    assert shown.cells == ((None, None, 30), (None, None, 40), (50, 60, 70))
    assert shown.columns == (78, 102, 140)


def test_of_fewer_than_five_nothing_is_told() -> None:
    assert suppress([[1, 3]]) == Masked(((None, None),), (None,), (None, None), None)


def test_nobody_is_no_small_number() -> None:
    assert suppress([[0, 20], [30, 0]]).cells == ((0, 20), (30, 0))


def test_totals_are_hidden_alike_under_other_headings() -> None:
    by_age = suppress([[2, 10, 30], [1, 20, 40]])
    by_district = suppress([[3, 30, 70]])
    assert by_age.columns == by_district.columns == (None, None, 70)


@settings(max_examples=400, deadline=None)
@example([[0, 1, 0, 1], [0, 1, 0, 4], [1, 0, 4, 0]])  # a column's total followed from two rows and another
@given(TABLES)
def test_no_hidden_number_follows_from_the_lines(table: list[list[int]]) -> None:
    """Independent of how it hides: another assignment of the hidden numbers fits all that is shown."""
    shown = suppress(table)
    counts = np.array(table)
    rows, columns = counts.shape
    full = np.vstack([counts, counts.sum(axis=0)])
    full = np.hstack([full, full.sum(axis=1, keepdims=True)])
    told = [[*cells, total] for cells, total in zip(shown.cells, shown.rows, strict=True)]
    told.append([*shown.columns, shown.total])
    for row, column in product(range(rows + 1), range(columns + 1)):
        value = told[row][column]
        assert value is None or (value == full[row, column] and (value == 0 or value >= SMALL))
    if rows == 1:
        assert told[0] == told[1]
        told.pop()
    # What is not a total is free: each shown number, total or not, is one equation in these.
    free = list(product(range(rows), range(columns)))
    number = {place: n for n, place in enumerate(free)}

    def sum_of(row: int, column: int) -> np.ndarray:
        parts = np.zeros(len(free))
        for r in range(rows) if row == rows else [row]:
            for c in range(columns) if column == columns else [column]:
                parts[number[r, c]] = 1
        return parts

    every = list(product(range(len(told)), range(columns + 1)))
    equations = [sum_of(*place) for place in every if told[place[0]][place[1]] is not None]
    known = np.array(equations or [np.zeros(len(free))])
    rank = np.linalg.matrix_rank(known)
    for row, column in every:
        if told[row][column] is None and 0 < full[row, column] < SMALL:
            assert np.linalg.matrix_rank(np.vstack([known, sum_of(row, column)])) > rank


@settings(max_examples=400, deadline=None)
@given(TABLES)
def test_what_is_hidden_of_a_line_is_not_nearly_nothing(table: list[list[int]]) -> None:
    """Where a row's or a column's total is shown, the hidden part of it is at least SMALL."""
    shown = suppress(table)
    lines = [
        (cells, counts, total) for cells, counts, total in zip(shown.cells, table, shown.rows, strict=True)
    ]
    if len(table) > 1:
        across = zip(zip(*shown.cells, strict=True), zip(*table, strict=True), shown.columns, strict=True)
        lines += [(cells, list(counts), total) for cells, counts, total in across]
    for cells, counts, total in lines:
        hidden = [count for cell, count in zip(cells, counts, strict=True) if cell is None]
        if total is not None and hidden:
            assert len(hidden) > 1
            assert sum(hidden) >= SMALL
