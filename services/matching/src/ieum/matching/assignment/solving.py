"""The cheapest assignment, as a flow of least cost: tasks → workers → their places, or → left out.

Tasks that cost the same everywhere flow together, as one node: there are few kinds and many tasks. A worker's
places rise in price, and so does leaving out one more of a kind, so a flow fills the cheap ones first.
ortools' SimpleMinCostFlow (cost-scaling push-relabel, Goldberg 1997) is exact on integers.
"""

from __future__ import annotations

from itertools import groupby, repeat
from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from ieum.matching.assignment.domain import FACTOR_MAX, Task, factors, place_price, waiting_price

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ieum.matching.assignment.domain import Instance, Weights

Kind = tuple[str, str, str, tuple[str, ...]]
Arc = tuple[int, int, int, int]
"""From, to, capacity, price of one."""
UNSUITABLE = -1


def solve(instance: Instance) -> dict[str, str]:
    """Task → worker, for those given, in the order of the tasks. The same instance gives the same answer."""
    if not instance.tasks:
        return {}
    kinds = _kinds(instance)
    first_worker, sink = len(kinds), len(kinds) + len(instance.workers)
    flow = SimpleMinCostFlow()
    prices = _prices(instance, [kind for kind, _ in kinds])
    rows, columns = np.nonzero(prices != UNSUITABLE)
    sizes = np.array([len(tasks) for _, tasks in kinds], np.int64)
    pairs = flow.add_arcs_with_capacity_and_unit_cost(
        rows.astype(np.int32), (columns + first_worker).astype(np.int32), sizes[rows], prices[rows, columns]
    )
    others = [*_left_out(instance, kinds, sink), *_places(instance, first_worker, sink)]
    tails, heads, rooms, costs = (list(column) for column in zip(*others, strict=True))
    flow.add_arcs_with_capacity_and_unit_cost(
        np.array(tails, np.int32),
        np.array(heads, np.int32),
        np.array(rooms, np.int64),
        np.array(costs, np.int64),
    )
    flow.set_nodes_supplies(np.arange(len(kinds), dtype=np.int32), sizes)
    flow.set_nodes_supplies(np.array([sink], np.int32), np.array([-len(instance.tasks)], np.int64))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise ArithmeticError(f"the solver ended with {status}")
    amounts = flow.flows(pairs) if len(pairs) else np.zeros(0, np.int64)
    return _given(instance, kinds, rows, columns, amounts)


def _kinds(instance: Instance) -> list[tuple[Kind, list[Task]]]:
    """Tasks that fit everybody alike, those that wait longest first."""

    def kind(task: Task) -> Kind:
        return task.field or "", task.language, task.district or "", tuple(sorted(task.before))

    ordered = sorted(instance.tasks, key=lambda task: (kind(task), -task.days, task.id))
    return [(key, list(tasks)) for key, tasks in groupby(ordered, key=kind)]


def _prices(instance: Instance, kinds: Sequence[Kind]) -> NDArray[np.int64]:
    """Kind x worker; UNSUITABLE where the worker cannot do it."""
    # Worked out once for kinds that differ in nothing but whom the person had before.
    plain: dict[tuple[str, str, str], NDArray[np.int64]] = {}
    place = {worker.id: n for n, worker in enumerate(instance.workers)}
    found = np.empty((len(kinds), len(place)), np.int64)
    for row, (field, language, district, before) in enumerate(kinds):
        wanted = (field, language, district)
        if wanted not in plain:
            plain[wanted] = _plain(instance, Task("", field or None, language, district or None))
        found[row] = plain[wanted]
        if before:
            strange = found[row] != UNSUITABLE
            strange[[place[one] for one in before if one in place]] = False
            found[row, strange] += instance.weights.continuity * FACTOR_MAX
    return found


def _plain(instance: Instance, task: Task) -> NDArray[np.int64]:
    fits = [factors(task, worker) for worker in instance.workers]
    prices = [UNSUITABLE if one is None else one.cost(instance.weights) for one in fits]
    return np.array(prices, np.int64)


def _left_out(instance: Instance, kinds: Sequence[tuple[Kind, list[Task]]], sink: int) -> Iterator[Arc]:
    """To leave one more task out costs more than anything that it could save elsewhere."""
    weights = instance.weights
    most = len(instance.tasks) * _dearest(weights) + 1
    for node, (_, tasks) in enumerate(kinds):
        for price, alike in groupby(waiting_price(task, weights) for task in tasks):
            yield node, sink, len(list(alike)), most + price


def _dearest(weights: Weights) -> int:
    """No task's share of the sum is above this."""
    four = weights.expertise + weights.language + weights.distance + weights.continuity
    return FACTOR_MAX * (four + 2 * weights.load + weights.waiting)


def _places(instance: Instance, first_worker: int, sink: int) -> Iterator[Arc]:
    for n, worker in enumerate(instance.workers):
        for k in range(worker.load + 1, worker.capacity + 1):
            yield first_worker + n, sink, 1, instance.weights.load * place_price(k, worker.capacity)


def _given(
    instance: Instance,
    kinds: Sequence[tuple[Kind, list[Task]]],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    amounts: NDArray[np.int64],
) -> dict[str, str]:
    """Within a kind the longest waiting come first; workers in the order of their ids."""
    flowing = np.flatnonzero(amounts)
    workers: dict[int, list[str]] = {}
    for row, column, amount in zip(
        rows[flowing].tolist(), columns[flowing].tolist(), amounts[flowing].tolist(), strict=True
    ):
        workers.setdefault(row, []).extend(repeat(instance.workers[column].id, amount))
    found = {
        task.id: worker
        for row, those in workers.items()
        for task, worker in zip(kinds[row][1], those, strict=False)
    }
    return {task.id: found[task.id] for task in instance.tasks if task.id in found}
