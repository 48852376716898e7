"""What it costs to give a task to a worker, and why a task goes to nobody. Pure; all numbers are integers.

The whole formula, in the order of what counts more:

1. As many tasks as possible get a worker; a worker never has more than their capacity.
2. Of those left out, whoever waits longer is left out last: `waiting` x days, up to 100 days.
3. The sum over all given tasks of `expertise` x e + `language` x l + `distance` x d + `continuity` x c is
   smallest, with factors from 0 (fits) to 100; plus `load` x the rising price of each worker's places.

e: 0 specialist, 50 experienced, 100 able; l: 25 for each language besides Korean that the worker speaks and
the task does not need, so that who speaks a rare one stays free for those who need it; d: 0 in a district of
the worker's, 50 in another one of the same province (the first two digits of 행정표준코드), 100 elsewhere;
c: 100 where the person had one of these workers before and this is another one. The k-th place of a worker
with capacity C costs floor(100 (2k - 1) / C): the difference of 100 k² / C, which keeps shares of load even.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["counsellor", "supervisor", "mentor", "case-worker"]
State = Literal["open", "proposed", "confirmed", "ended"]
RefusalCode = Literal["no-worker", "no-expertise", "no-language", "no-capacity", "taken"]

KOREAN = "ko"
FACTOR_MAX = 100
LEVELS = {1: 100, 2: 50, 3: 0}
"""Level of expertise (able, experienced, specialist) → its factor."""
WAITING_DAYS_MAX = 100
PROVINCE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Weights:
    """What each factor counts, 0 to 100: a setting of an agency for a role."""

    expertise: int = 40
    language: int = 10
    distance: int = 20
    continuity: int = 30
    load: int = 50
    waiting: int = 10


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who can be given tasks; `load` is what they have already. No districts: they work anywhere."""

    id: str
    fields: Mapping[str, int]
    languages: frozenset[str]
    districts: frozenset[str]
    capacity: int
    load: int = 0

    @property
    def free(self) -> int:
        """How many more tasks they can take."""
        return max(self.capacity - self.load, 0)


@dataclass(frozen=True, slots=True)
class Task:
    """Somebody is needed; `before`: those of the workers whom the person had; `days`: how long it waits."""

    id: str
    field: str | None = None
    language: str = KOREAN
    district: str | None = None
    before: frozenset[str] = frozenset()
    days: int = 0


@dataclass(frozen=True, slots=True)
class Instance:
    """Tasks and workers of one role, each in the order of their ids: the order decides nothing else."""

    tasks: tuple[Task, ...]
    workers: tuple[Worker, ...]
    weights: Weights


@dataclass(frozen=True, slots=True)
class Factors:
    """How ill a worker fits a task, each from 0 to 100."""

    expertise: int
    language: int
    distance: int
    continuity: int

    def cost(self, weights: Weights) -> int:
        """What it costs, without the load."""
        return (
            weights.expertise * self.expertise
            + weights.language * self.language
            + weights.distance * self.distance
            + weights.continuity * self.continuity
        )


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a task got nobody; `suitable`: how many could do it if they had room."""

    code: RefusalCode
    suitable: int = 0


def factors(task: Task, worker: Worker) -> Factors | None:
    """How ill it fits; None where the worker lacks the field or the language."""
    if not _has_field(task, worker) or not _speaks(task, worker):
        return None
    return Factors(
        expertise=LEVELS[worker.fields[task.field]] if task.field else 0,
        language=min(25 * len(worker.languages - {KOREAN, task.language}), FACTOR_MAX),
        distance=_distance(task.district, worker.districts),
        continuity=FACTOR_MAX if task.before and worker.id not in task.before else 0,
    )


def place_price(k: int, capacity: int) -> int:
    """The price of a worker's k-th place, from 1: it never falls."""
    return 100 * (2 * k - 1) // capacity


def waiting_price(task: Task, weights: Weights) -> int:
    """What it costs to leave a task out, beside that it is left out."""
    return weights.waiting * min(task.days, WAITING_DAYS_MAX)


def why_refused(instance: Instance, given: Mapping[str, str]) -> dict[str, Refused]:
    """For each task that is given to nobody, the first thing that was missing."""
    return {task.id: _refused(task, instance.workers) for task in instance.tasks if task.id not in given}


def _refused(task: Task, workers: tuple[Worker, ...]) -> Refused:
    able = [one for one in workers if _has_field(task, one)]
    suitable = [one for one in able if _speaks(task, one)]
    if not workers:
        return Refused("no-worker")
    if not able:
        return Refused("no-expertise")
    if not suitable:
        return Refused("no-language", len(able))
    # Somebody suitable had room: then others filled it, or one more task would have been given.
    code: RefusalCode = "taken" if any(one.free for one in suitable) else "no-capacity"
    return Refused(code, len(suitable))


def loads(instance: Instance, given: Mapping[str, str]) -> dict[str, int]:
    """What each worker has after it."""
    more = Counter(given.values())
    return {one.id: one.load + more[one.id] for one in instance.workers}


def _has_field(task: Task, worker: Worker) -> bool:
    return task.field is None or task.field in worker.fields


def _speaks(task: Task, worker: Worker) -> bool:
    return task.language in worker.languages


def _distance(district: str | None, districts: frozenset[str]) -> int:
    if district is None or not districts or district in districts:
        return 0
    provinces = {one[:PROVINCE_DIGITS] for one in districts}
    return FACTOR_MAX // 2 if district[:PROVINCE_DIGITS] in provinces else FACTOR_MAX
