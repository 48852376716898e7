"""What every stage of a run works with: services, facts from Kafka, the sample, who acts, and the bars."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ieum.demo.api import Api, Who

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from rich.progress import Progress, TaskID

    from ieum.common.events.programme import Programme
    from ieum.demo.sample import Sample
    from ieum.demo.watching import Fact, Watch

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 8
WAIT_SECONDS = 180.0


@dataclass(frozen=True)
class Published:
    """A year's market as intake knows it: ids by the sample's codes."""

    openings: dict[str, str]
    titles: dict[str, str]
    """By opening's id: the workplace and the position."""


@dataclass
class Run:
    """One year's run."""

    api: Api
    watch: Watch
    sample: Sample
    programme: Programme
    progress: Progress
    mail: Path
    folder: Path
    staff: Who = field(init=False)
    official: Who = field(init=False)
    observer: Who = field(init=False)

    def __post_init__(self) -> None:
        """Name who acts (all invented): staff of the programme's agency, the city's official, an observer."""
        self.staff = Who("demo-staff", "staff", self.programme.agency, "이하늘 상담사")
        self.official = Who("demo-official", "official", "daegu-youth-policy", "김서연 주무관")
        self.observer = Who("demo-observer", "auditor")

    def staff_of(self, agency: str) -> Who:
        """Somebody at a window of that agency."""
        return Who(f"demo-staff@{agency}", "staff", agency, "창구 담당자")

    def key(self, *names: object) -> str:
        """An Idempotency-Key that names what is sent: a run begun again does nothing twice."""
        return "-".join(["demo", str(self.sample.seed), str(self.sample.year), *map(str, names)])

    def facts(self, type_: str) -> list[Fact]:
        """The facts of a type about this programme that have come so far."""
        return [fact for fact in self.watch.facts[type_] if fact.data.get("programme") == self.programme.id]

    async def each(
        self, title: str, items: Iterable[T], do: Callable[[T], Awaitable[R]], at_once: int = AT_ONCE
    ) -> list[R]:
        """Do it for every item, so many at once, with a bar; the results in the items' order."""
        work = list(items)
        return await self.all_of(self.progress.add_task(title, total=len(work)), work, do, at_once)

    async def all_of(
        self, bar: TaskID, work: Sequence[T], do: Callable[[T], Awaitable[R]], at_once: int = AT_ONCE
    ) -> list[R]:
        """The same with a bar that is there."""
        turn = asyncio.Semaphore(at_once)

        async def one(item: T) -> R:
            async with turn:
                result = await do(item)
            self.progress.advance(bar)
            return result

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(item)) for item in work]
        except ExceptionGroup as failed:  # the others were cancelled; the first tells enough
            raise failed.exceptions[0] from None
        return [task.result() for task in tasks]

    async def reach(self, title: str, count: Callable[[], int], total: int, *, ko: str, en: str) -> None:
        """Wait, with a bar, until so many have come."""
        bar = self.progress.add_task(title, total=total)

        def reached() -> bool:
            found = count()
            self.progress.update(bar, completed=min(found, total))
            return found >= total

        await self.watch.until(reached, seconds=WAIT_SECONDS, ko=ko, en=en)
