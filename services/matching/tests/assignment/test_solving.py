"""The assignment is the best there is: by trying everything, and by another solver where there is one."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment

from ieum.matching.assignment.domain import (
    Factors,
    Instance,
    Refused,
    Task,
    Weights,
    Worker,
    factors,
    loads,
    place_price,
    why_refused,
)
from ieum.matching.assignment.solving import solve

FIELDS, LANGUAGES, DISTRICTS = ("debt", "career"), ("ko", "vi", "en"), ("27110", "27140", "47190")
PLAIN = Worker("w", {"debt": 3}, frozenset({"ko"}), frozenset(), 5)

levels = st.dictionaries(st.sampled_from(FIELDS), st.integers(1, 3))
languages = st.frozensets(st.sampled_from(LANGUAGES))
districts = st.frozensets(st.sampled_from(DISTRICTS))
some_weights = st.builds(Weights, *[st.integers(0, 100)] * 6)


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    workers = tuple(
        Worker(f"w{n}", draw(levels), draw(languages), draw(districts), draw(st.integers(0, 3)), load)
        for n in range(draw(st.integers(0, 3)))
        for load in [draw(st.integers(0, 2))]
    )
    tasks = tuple(
        Task(
            f"t{n}",
            draw(st.sampled_from([None, *FIELDS])),
            draw(st.sampled_from(LANGUAGES)),
            draw(st.sampled_from([None, *DISTRICTS])),
            draw(st.frozensets(st.sampled_from(["w0", "w1", "gone"]))),
            draw(st.sampled_from([0, 1, 30, 99, 100, 400])),
        )
        for n in range(draw(st.integers(0, 5)))
    )
    return Instance(tasks, workers, draw(some_weights))


def value(one: Instance, answer: dict[str, str]) -> tuple[int, int] | None:
    """Tasks left out, then the sum of the formula, written down a second time; None: not allowed."""
    w, after = one.weights, {worker.id: worker.load for worker in one.workers}
    workers, total = {worker.id: worker for worker in one.workers}, 0
    for task in one.tasks:
        if task.id not in answer:
            total += w.waiting * min(task.days, 100)
            continue
        worker = workers[answer[task.id]]
        after[worker.id] += 1
        if after[worker.id] > worker.capacity or task.language not in worker.languages:
            return None
        if task.field is not None:
            if task.field not in worker.fields:
                return None
            total += w.expertise * (3 - worker.fields[task.field]) * 50
        total += w.language * min(
            100, 25 * sum(1 for x in worker.languages if x not in ("ko", task.language))
        )
        if task.district and worker.districts and task.district not in worker.districts:
            near = any(code.startswith(task.district[:2]) for code in worker.districts)
            total += w.distance * (50 if near else 100)
        total += w.continuity * (100 if task.before and worker.id not in task.before else 0)
        total += w.load * int(100 * (2 * after[worker.id] - 1) / worker.capacity)
    return len(one.tasks) - len(answer), total


def best(one: Instance) -> tuple[int, int]:
    """By trying everything."""
    ids = [None, *(worker.id for worker in one.workers)]
    found = []
    for choice in product(ids, repeat=len(one.tasks)):
        answer = {task.id: who for task, who in zip(one.tasks, choice, strict=True) if who}
        if (cost := value(one, answer)) is not None:
            found.append(cost)
    return min(found)


@settings(max_examples=150, deadline=None)
@given(instances())
def test_nothing_is_better_than_the_answer(one: Instance) -> None:
    assert value(one, solve(one)) == best(one)


@settings(max_examples=100, deadline=None)
@given(instances())
def test_every_refusal_is_true(one: Instance) -> None:
    """What is said to be missing is missing, and where places were taken, every suitable worker is full."""
    answer = solve(one)
    after = loads(one, answer)
    refused = why_refused(one, answer)
    assert refused.keys() | answer.keys() == {task.id for task in one.tasks}
    assert not refused.keys() & answer.keys()
    for task in one.tasks:
        if task.id not in refused:
            continue
        able = [w for w in one.workers if task.field is None or task.field in w.fields]
        suitable = [w for w in able if task.language in w.languages]
        assert (
            refused[task.id]
            == {
                not one.workers: Refused("no-worker"),
                bool(one.workers) and not able: Refused("no-expertise"),
                bool(able) and not suitable: Refused("no-language", len(able)),
                bool(suitable) and not any(w.free for w in suitable): Refused("no-capacity", len(suitable)),
                any(w.free for w in suitable): Refused("taken", len(suitable)),
            }[True]
        )
        assert all(after[w.id] >= w.capacity for w in suitable)


def test_with_one_place_each_it_is_a_linear_assignment() -> None:
    """60 tasks and 60 workers with one place: as cheap as ortools' solver of that problem finds."""
    chance = random.Random(3)
    weights = Weights(load=0)
    workers = tuple(
        Worker(
            f"w{n:02}",
            {name: chance.randint(1, 3) for name in FIELDS},
            frozenset({"ko", *chance.sample(LANGUAGES, 2)}),
            frozenset(chance.sample(DISTRICTS, 1)),
            1,
        )
        for n in range(60)
    )
    tasks = tuple(
        Task(
            f"t{n:02}",
            chance.choice(FIELDS),
            "ko",
            chance.choice(DISTRICTS),
            frozenset({f"w{chance.randrange(60):02}"}),
        )
        for n in range(60)
    )
    one = Instance(tasks, workers, weights)
    costs = np.array([[_cost(task, worker, weights) for worker in workers] for task in tasks])
    theirs = SimpleLinearSumAssignment()
    rows, columns = np.indices(costs.shape)
    theirs.add_arcs_with_cost(rows.ravel().astype(np.int32), columns.ravel().astype(np.int32), costs.ravel())
    assert theirs.solve() == theirs.OPTIMAL
    assert value(one, solve(one)) == (0, theirs.optimal_cost())


def _cost(task: Task, worker: Worker, weights: Weights) -> int:
    found = factors(task, worker)
    assert found is not None
    return found.cost(weights)


def test_the_same_input_gives_the_same_bytes() -> None:
    chance = random.Random(4)
    workers = tuple(replace(PLAIN, id=f"w{n}", capacity=chance.randint(1, 9)) for n in range(20))
    tasks = tuple(Task(f"t{n:03}", "debt", days=chance.randrange(5)) for n in range(120))
    first = solve(Instance(tasks, workers, Weights()))
    assert list(first.items()) == list(solve(Instance(tasks, workers, Weights())).items())


def test_load_is_kept_even_in_proportion_to_capacity() -> None:
    """Twelve equal tasks on capacities 12 and 6: two thirds and one third."""
    workers = (replace(PLAIN, id="a", capacity=12), replace(PLAIN, id="b", capacity=6))
    answer = solve(Instance(tuple(Task(f"t{n:02}", "debt") for n in range(12)), workers, Weights()))
    assert Counter(answer.values()) == {"a": 8, "b": 4}


def test_who_has_much_already_gets_less() -> None:
    workers = (replace(PLAIN, id="a", capacity=6, load=4), replace(PLAIN, id="b", capacity=6))
    answer = solve(Instance(tuple(Task(f"t{n}", "debt") for n in range(4)), workers, Weights()))
    assert Counter(answer.values()) == {"b": 4}


def test_who_knows_the_person_gets_them_again_and_a_rare_language_is_kept_free() -> None:
    workers = (
        replace(PLAIN, id="a", capacity=2, languages=frozenset({"ko", "vi"})),
        replace(PLAIN, id="b", capacity=2),
    )
    tasks = (Task("again", "debt", before=frozenset({"b"})), Task("new", "debt"), Task("vi", "debt", "vi"))
    assert solve(Instance(tasks, workers, Weights())) == {"again": "b", "new": "b", "vi": "a"}


def test_whoever_waits_longest_is_not_the_one_left_out() -> None:
    tasks = tuple(Task(f"t{days}", "debt", days=days) for days in (3, 40, 9))
    one = Instance(tasks, (replace(PLAIN, capacity=2),), Weights())
    assert solve(one) == {"t40": "w", "t9": "w"}
    assert why_refused(one, solve(one)) == {"t3": Refused("taken", 1)}


def test_the_factors_are_what_the_formula_says() -> None:
    worker = Worker("w", {"debt": 2}, frozenset({"ko", "vi", "en"}), frozenset({"27110"}), 3)
    task = Task("t", "debt", "vi", "27140", frozenset({"other"}))
    assert factors(task, worker) == Factors(expertise=50, language=25, distance=50, continuity=100)
    assert factors(replace(task, district="41360", before=frozenset({"w"})), worker) == Factors(
        50, 25, 100, 0
    )
    assert factors(replace(task, language="th"), worker) is None
    assert factors(replace(task, field="law"), worker) is None
    assert [place_price(k, 4) for k in (1, 2, 3, 4)] == [25, 75, 125, 175]


def test_a_service_does_not_hold_the_solver() -> None:
    """Asked of a fresh process, as this one has loaded it."""
    asks = "import sys, ieum.matching.app; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0
