"""A service: database, consumers, relay, timers and routes, started in any order and drained at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from ieum.common.events.registry import Registry
from ieum.common.kafka.applying import Applier, Handler, RawApplier, RawHandler
from ieum.common.kafka.consumer import Consumer
from ieum.common.kafka.keyring import KeyRing
from ieum.common.kafka.options import PROMPT, Pace, check, make_broker
from ieum.common.kafka.relay import Relay
from ieum.common.kernel.clock import ShiftedClock, SystemClock
from ieum.common.kernel.errors import Terminal
from ieum.common.postgres.database import Database
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import KeySource
from ieum.common.privacy.search import SearchKey
from ieum.common.service import dependencies, keks
from ieum.common.service.city import City
from ieum.common.service.health import ServiceHealth
from ieum.common.service.jobs import Job, Run
from ieum.common.service.settings import ServiceSettings
from ieum.common.web.factory import application
from ieum.common.web.secrets import WebSecrets

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI
    from starlette.requests import Request

    from ieum.common.web import Principal

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 2.5  # with the 2 s that uvicorn gives to requests: below 5 s


class Service:
    """One service, composed in its `app.py`. `keys` is given by the one that issues them, intake."""

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        *,
        purpose: str = purposes.OPERATION,
        keys: KeySource | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.purpose = purpose
        self.clock = ShiftedClock(SystemClock())
        self.registry = Registry.load()
        self.city = City.load(settings.cities / settings.city)
        self.search = SearchKey(settings.secret("search"))
        keks.choose_sealer(settings)
        self.ring = None if keys else KeyRing(settings.kafka, keks.wrapper(settings))
        self.keys: KeySource = keys or self.ring  # type: ignore[assignment]  # one of the two is there
        self.database = Database(
            settings.database,
            service=name,
            source=f"{self.city.source}/{name}",
            clock=self.clock,
            registry=self.registry,
            keys=self.keys,
        )
        self.broker = make_broker(settings.kafka, f"ieum-{name}-{settings.replica}")
        self.relay = Relay(self.database, settings.kafka)
        self.consumers: list[Consumer] = []
        self.jobs: list[Job] = []
        self.routers: list[APIRouter] = []
        self.body_limits: dict[str, int] = {}
        self.templates: list[Path] = []
        self.signed_in: Callable[[Request], Awaitable[Principal | None]] | None = None
        self.draining = False  # set when the process is asked to end: streams end by themselves
        self.health = ServiceHealth(self)
        self._tasks: list[asyncio.Task[None]] = []

    def consume(self, group: str, handlers: Mapping[str, Handler], *, pace: Pace = PROMPT) -> None:
        """Read these topics as `group`, each with its handler; the register must name the group.

        `pace`: how large the batches are, and whether they are gathered where nobody waits for the effect.
        """
        self._check_group(group, handlers.keys())
        self._add(Applier(self.database, group, self.purpose, handlers), sorted(handlers), pace)

    def consume_raw(self, group: str, topics: list[str], handler: RawHandler, *, pace: Pace = PROMPT) -> None:
        """Read every record of these topics as it is, repeats and unreadable ones too."""
        self._check_group(group, topics)
        self._add(RawApplier(self.database, group, self.purpose, {}, handler), topics, pace)

    def every(self, name: str, *, seconds: float, run: Run) -> None:
        """Run a job at this interval, and at once again while it returns more than 0."""
        self.jobs.append(Job(name, seconds, run))

    def include(
        self,
        router: APIRouter,
        *,
        body_limit_bytes: Mapping[str, int] | None = None,
        templates: Path | None = None,
    ) -> None:
        """Serve these routes under the service's prefix; `templates` is the folder of their pages."""
        self.routers.append(router)
        self.body_limits.update(body_limit_bytes or {})
        if templates:
            self.templates.append(templates)

    def application(self) -> FastAPI:
        """The FastAPI application that runs all of this in its lifespan."""
        app = application(
            self.name,
            version="0.1.0",
            health=self.health,
            secrets=WebSecrets.load(self.settings.secrets),
            routers=self.routers,
            lifespan=self._lifespan,
            body_limits=self.body_limits,
            templates=self.templates,
            origin=self.settings.web_origin,
            sign_in_origin=self.settings.sign_in_origin,
        )
        if self.signed_in:
            app.state.web.signed_in = self.signed_in
        app.state.service = self
        return app

    async def start(self) -> None:
        """Begin everything in the background; `health.ready()` says when it stands."""
        check(self.broker)
        self._run("start", self._bring_up())

    async def stop(self) -> None:
        """Drain: batches and sends at hand end, then connections close; after DRAIN_SECONDS, cancel."""
        for consumer in self.consumers:
            consumer.stop()
        self.relay.stop()
        if self.ring:
            self.ring.stop()
        for job in self.jobs:
            job.stopping.set()
        self._tasks[0].cancel()
        _, late = await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.broker.stop()
        await self.database.close()

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        await self.start()
        yield
        await self.stop()

    async def _bring_up(self) -> None:
        await dependencies.wait(self)
        if self.ring:
            self._run("key ring", self.ring.run())
        self._run("relay", self.relay.run())
        for consumer in self.consumers:
            self._run(consumer.group, consumer.run())
        for job in self.jobs:
            self._run(job.name, job.loop(self))

    def _run(self, name: str, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """What ends by an error that nobody expected is told by `/livez`: only a restart would mend it."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("task ended", task=task.get_name(), error=type(error).__name__, exc_info=error)
            self.health.ended.append(f"{task.get_name()} ended ({type(error).__name__})")

    def _add(self, applier: Applier, topics: list[str], pace: Pace) -> None:
        member = f"{self.name}-{self.settings.replica}"
        self.consumers.append(
            Consumer(self.broker, self.settings.kafka, applier, topics, member=member, pace=pace)
        )

    def _check_group(self, group: str, topics: object) -> None:
        allowed = set(self.registry.read_by(group))
        foreign = set(topics) - allowed  # type: ignore[call-overload]
        if foreign:
            raise Terminal(f"the register does not name group {group} as a reader of {sorted(foreign)}")
