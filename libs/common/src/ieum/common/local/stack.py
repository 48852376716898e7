"""The whole stack on one machine: servers, what must be in them, the four services, the mail sink.

`up` may be called at any time: it leaves what runs alone and starts what does not.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field

from ieum.common.local import ports
from ieum.common.local.java import kafka_libs
from ieum.common.local.kafka import KafkaServer
from ieum.common.local.locks import locked
from ieum.common.local.names import MAIL, MAIL_PORT, SERVICES, SIGN_IN, SIGN_IN_PORT
from ieum.common.local.postgres import PostgresServer
from ieum.common.local.records import Record
from ieum.common.local.secrets import ensure_secrets
from ieum.common.local.services import (
    HOST,
    START_SECONDS,
    STOP_SECONDS,
    Addresses,
    Running,
    digest,
    launch,
    log_of,
    mail_environment,
    service_environment,
)
from ieum.common.local.settings import LocalSettings
from ieum.common.local.waiting import wait_until
from ieum.common.local.welcome import welcome

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ieum.common.local.home import Home

Report = Callable[[str], None]
"""Takes one line about what has just been done."""


class State(Record):
    """What the last `up` used and started; `kafka` and `postgres` may be servers of others."""

    kafka: str | None = None
    postgres: str | None = None
    running: dict[str, Running] = Field(default_factory=dict)


def up(home: Home, *, report: Report = print) -> dict[str, Any]:
    """Start what does not run and wait until all of it is ready; returns `status`.

    Refuses, with the end of the log, where something does not come up; what came up stays up.
    """
    with locked(home.run / "lock"):
        ensure_secrets(home.secrets)
        kafka, postgres = start_servers(home, report=report)
        state = _load(home).model_copy(update={"kafka": kafka, "postgres": postgres})
        state.save(_state_path(home))
        report("topics, databases and roles")
        _prepare(home, kafka=kafka, postgres=postgres)
        _start_services(home, state, report=report)
    return status(home)


def down(home: Home, *, purge: bool = False, report: Report = print) -> None:
    """Stop the services, then the servers of our own; `purge` also deletes what those hold."""
    with locked(home.run / "lock"):
        state = _load(home)
        _stop(state.running.values(), report=report)
        state.model_copy(update={"running": {}, "kafka": None, "postgres": None}).save(_state_path(home))
        postgres = PostgresServer(home.postgres)
        for name, server in (("postgres", postgres), ("kafka", KafkaServer(home.kafka, libs=home.kafka))):
            if server.process:
                report(f"{name}: stopping")
            server.stop()
        if purge:
            postgres.remove()
            shutil.rmtree(home.kafka / "data", ignore_errors=True)
            shutil.rmtree(home.mail, ignore_errors=True)


def status(home: Home) -> dict[str, Any]:
    """What runs, as `ieum status --json` prints it; an address is None where its server is down."""
    state = _load(home)
    running = {
        name: {"url": each.url, "ready": each.is_ready()}
        for name, each in state.running.items()
        if each.process.alive
    }
    mail, sign_in = running.pop(MAIL, None), running.pop(SIGN_IN, None)
    return {
        "kafka": state.kafka if _listens(state.kafka) else None,
        "postgres": state.postgres if _listens(urlsplit(state.postgres or "").netloc) else None,
        "services": {name: running.get(name, {"url": None, "ready": False}) for name in SERVICES},
        "mail": {
            "smtp": mail["url"] if mail else None,
            "folder": str(home.mail),
            "ready": bool(mail and mail["ready"]),
        },
        "sign_in": sign_in or {"url": None, "ready": False},
    }


def prepare(home: Home, *, report: Report = print) -> None:
    """Start the servers, where they do not run, and make secrets, databases, roles and topics.

    Where the environment names both servers and a folder of secrets, as in a container, nothing of our own
    is started or written.
    """
    given = LocalSettings()
    if given.kafka and given.postgres and given.secrets:
        asyncio.run(_prepare_servers(given.postgres, given.kafka, given.secrets))
        return
    with locked(home.run / "lock"):
        ensure_secrets(home.secrets)
        kafka, postgres = start_servers(home, report=report)
        _load(home).model_copy(update={"kafka": kafka, "postgres": postgres}).save(_state_path(home))
        _prepare(home, kafka=kafka, postgres=postgres)


def start_servers(home: Home, *, report: Report = print) -> tuple[str, str]:
    """Kafka's address and Postgres's superuser DSN: the environment's, else those of servers of our own."""
    settings = LocalSettings()
    with ThreadPoolExecutor(max_workers=2) as pool:
        kafka = pool.submit(_kafka, home, settings.kafka)
        postgres = pool.submit(_postgres, home, settings.postgres)
        addresses = kafka.result(), postgres.result()
    report(f"kafka: {addresses[0]}")
    report(f"postgres: {urlsplit(addresses[1]).netloc.rpartition('@')[2]}")
    return addresses


def _kafka(home: Home, given: str | None) -> str:
    if given:
        return given
    server = KafkaServer(home.kafka, libs=kafka_libs(home))
    server.start()
    return server.bootstrap


def _postgres(home: Home, given: str | None) -> str:
    if given:
        return given
    server = PostgresServer(home.postgres)
    server.start()
    return server.dsn


def _prepare(home: Home, *, kafka: str, postgres: str) -> None:
    asyncio.run(_prepare_servers(postgres, kafka, home.secrets))


async def _prepare_servers(postgres: str, kafka: str, secrets: Path) -> None:
    from ieum.common.service.prepare import prepare as prepare_servers

    await prepare_servers(postgres_dsn=postgres, kafka=kafka, secrets=secrets)


def _start_services(home: Home, state: State, *, report: Report) -> None:
    mail = ensure(home, state, MAIL, mail_environment(home), MAIL_PORT)
    sign_in = _sign_in(home, state)
    planned = _ports(state)
    addresses = Addresses(
        kafka=state.kafka or "",
        postgres=state.postgres or "",
        smtp=mail.url,
        sign_in=sign_in,
        services={name: f"http://{HOST}:{port}" for name, port in planned.items()},
    )
    for name, port in planned.items():
        running = ensure(home, state, name, service_environment(home, name, addresses), port)
        if name == "matching":
            addresses = replace(addresses, matching=running.url)
    for name, each in state.running.items():
        log = log_of(home, name)
        wait_until(each.is_ready, name=name, process=each.process, log=log, seconds=START_SECONDS)
        report(f"{name}: {each.url}")
    if state.running.get(SIGN_IN):
        welcome(home, state.running["intake"].url)


def _ports(state: State) -> dict[str, int]:
    """Where each service will listen: all are told of all before the first one starts."""
    found: dict[str, int] = {}
    others = {each.port for name, each in state.running.items() if name not in SERVICES}
    for name, default in SERVICES.items():
        before = state.running.get(name)
        if before and before.process.alive:
            found[name] = before.port
            continue
        wanted = before.port if before else default
        found[name] = ports.choose(wanted, taken=frozenset({*others, *found.values()}))
        if found[name] != wanted:  # it does not come back where it was
            state.running.pop(name, None)
    return found


def _sign_in(home: Home, state: State) -> str | None:
    """The issuer that the environment names, else that of a provider of our own, where it is installed."""
    if given := LocalSettings().oidc_issuer:
        return given
    if find_spec("oidc_provider_mock") is None:
        return None
    return ensure(home, state, SIGN_IN, {"IEUM_MODE": "development"}, SIGN_IN_PORT).url


def ensure(home: Home, state: State, name: str, environment: dict[str, str], default_port: int) -> Running:
    """The process that runs with this environment; else a new one, at the old one's port where it can."""
    before = state.running.get(name)
    if before and before.process.alive:
        if before.environment == digest(environment):
            return before
        before.process.stop(STOP_SECONDS)
    taken = frozenset(each.port for other, each in state.running.items() if other != name)
    port = ports.choose(before.port if before else default_port, taken=taken)
    state.running[name] = launch(home, name, environment, port)
    state.save(_state_path(home))
    return state.running[name]


def _stop(running: Iterable[Running], *, report: Report) -> None:
    """Ask all at once, then wait for each: they drain side by side."""
    alive = [each for each in running if each.process.alive]
    with ThreadPoolExecutor(max_workers=max(1, len(alive))) as pool:
        for each in alive:
            report(f"{each.name}: stopping")
            pool.submit(each.process.stop, STOP_SECONDS)


def _listens(address: str | None) -> bool:
    """Whether somebody listens at the first of the addresses `user:password@host:port,…`."""
    host, _, port = (address or "").partition(",")[0].rpartition("@")[2].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except (OSError, ValueError):
        return False
    return True


def _state_path(home: Home) -> Path:
    return home.run / "state.json"


def _load(home: Home) -> State:
    return State.load(_state_path(home)) or State()
