"""One run: the platform and the control under load and the same kills, then a rest, then the facts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from ieum.common.local.names import SERVICES
from ieum.common.testing.platform import Platform, running
from ieum.common.testing.servers import kafka_server, postgres_server

from .checks import findings
from .control import Control, Verdict
from .facts import Facts
from .gathering import gather
from .kills import KAFKA, POSTGRES, Kill
from .load import Load
from .market import AGENCY, open_market
from .supervisor import Supervisor, Victim

REST_SECONDS = 60.0
SLACK_SECONDS = 90.0
SECONDS_PER_KILL_MAX = 6.0
"""How long the kills may take on a slow machine; the last requests have the slack."""
CONTROL_SECONDS = 30.0
POLL_SECONDS = 0.5
PREFIX = "chaos"
SENDER = {"notify", POSTGRES}


@dataclass(frozen=True)
class Outcome:
    """What came of a run; `rest_seconds` is how long after the last kill all work was done."""

    control: Verdict
    facts: Facts
    kills: list[Kill]
    requests: int
    rest_seconds: float

    @property
    def findings(self) -> list[str]:
        """What is wrong with Ieum; empty when nothing is."""
        return findings(self.facts)


@contextmanager
def stack(folder: Path) -> Iterator[Platform]:
    """Servers of our own, whatever the environment names: those of others are not ours to kill."""
    with ExitStack() as running_parts, pytest.MonkeyPatch.context() as patch:
        for name in ("IEUM_KAFKA", "IEUM_POSTGRES"):
            patch.delenv(name, raising=False)
        kafka = running_parts.enter_context(kafka_server())
        postgres = running_parts.enter_context(postgres_server())
        yield running_parts.enter_context(running(kafka, postgres, folder, prefix=PREFIX))


def execute(platform: Platform, planned: list[Kill], seed: int) -> Outcome:
    """Kill as planned under load, let everything come to rest, and gather the facts."""
    load = Load(
        url=platform.url("intake"),
        token=platform.token("staff", agency=AGENCY),
        seed=seed,
        application=open_market(platform),
    )
    control = Control(platform.kafka.bootstrap, platform.postgres.dsn, platform.home.run)
    try:
        return asyncio.run(_execute(platform, planned, load, control))
    finally:
        control.kill()


async def _execute(platform: Platform, planned: list[Kill], load: Load, control: Control) -> Outcome:
    supervisor = Supervisor(_victims(platform, control, planned))
    await control.prepare()
    limit = SLACK_SECONDS + SECONDS_PER_KILL_MAX * len(planned)
    async with asyncio.timeout(limit), asyncio.TaskGroup() as work:
        work.create_task(control.produce())
        work.create_task(load.run())
        await control.until(failed=False, seconds=CONTROL_SECONDS)
        await supervisor.carry_out(planned)
        load.stop()
        control.stop()
    began = time.monotonic()
    facts = await _at_rest(platform, load, supervisor)
    rest_seconds = time.monotonic() - began
    verdict = await control.until(failed=True, seconds=CONTROL_SECONDS)
    return Outcome(verdict, facts, supervisor.done, load.requests, rest_seconds)


def _victims(platform: Platform, control: Control, planned: list[Kill]) -> dict[str, Victim]:
    """The servers and the services; the control falls together with the service that falls first."""
    victims = {
        KAFKA: Victim(platform.kafka.kill, platform.kafka.start),
        POSTGRES: Victim(platform.postgres.kill, platform.postgres.start),
    }
    for name in SERVICES:
        start = partial(platform.start, name, wait=False)
        victims[name] = Victim(partial(platform.kill, name), start, partial(platform.alive, name))
    first = next(kill.victim for kill in planned if kill.victim in SERVICES)
    return {**victims, first: control.with_victim(victims[first])}


async def _at_rest(platform: Platform, load: Load, supervisor: Supervisor) -> Facts:
    """The facts once nothing is wrong any more: what still waits looks like a loss until it is done."""
    deadline = time.monotonic() + REST_SECONDS
    while True:
        facts = await gather(platform, people=load.people, applications=load.applications)
        fallen = [f"{name} died of itself" for name in supervisor.fallen]
        sender_kills = sum(kill.victim in SENDER for kill in supervisor.done)
        facts = facts.but(complaints=(*load.complaints, *fallen), sender_kills=sender_kills)
        if not findings(facts) or time.monotonic() > deadline:
            return facts
        await asyncio.sleep(POLL_SECONDS)
