"""The platform for tests: the four services and the mail sink as processes, seen from outside only.

    platform.client("intake", "staff", agency="daegu-youth-centre").post("/intake/people", json=…)
    platform.until(lambda: platform.facts("matching-matches", person=person))
    platform.kill("matching"); platform.start("matching"); platform.advance(timedelta(days=5))

Everything is synchronous: a test is one client that waits, and no loop of its own hides what it waits for.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import httpx

from ieum.common.events.registry import Registry
from ieum.common.kernel.ids import new_id
from ieum.common.local import ports
from ieum.common.local.home import Home
from ieum.common.local.kafka import KafkaServer
from ieum.common.local.names import MAIL, MAIL_PORT, SERVICES
from ieum.common.local.needles import needles
from ieum.common.local.postgres import PostgresServer
from ieum.common.local.postgres_programs import find_programs
from ieum.common.local.scanning import Places, scan_all
from ieum.common.local.secrets import ensure_secrets
from ieum.common.local.services import (
    START_SECONDS,
    Addresses,
    Running,
    launch,
    log_of,
    mail_environment,
    service_environment,
)
from ieum.common.local.waiting import run_blocking, wait_until
from ieum.common.replay import scenario as scenarios
from ieum.common.replay.play import play
from ieum.common.service.prepare import prepare
from ieum.common.testing import outside
from ieum.common.testing.servers import Given
from ieum.common.web.tokens import issue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from email.message import EmailMessage

    from aiokafka.structs import ConsumerRecord

    from ieum.common.local.scanning import Found
    from ieum.common.testing.outside import Fact
    from ieum.common.testing.servers import Kafka, Postgres

T = TypeVar("T")

WAIT_SECONDS = 30.0
POLL_SECONDS = 0.05
STOP_SECONDS = 10.0
HTTP_SECONDS = 30.0
CITIES = Path(__file__).resolve().parents[6] / "deploy" / "cities"


class Platform:
    """The services on databases, ports and a home of their own; `folder` holds secrets, mail and logs."""

    def __init__(self, kafka: Kafka, postgres: Postgres, folder: Path, *, prefix: str) -> None:
        self.kafka = kafka
        self.postgres = postgres
        self.prefix = prefix
        self.home = Home(folder)
        self._running: dict[str, Running] = {}
        self._ahead = timedelta()
        self._clients: list[httpx.Client] = []

    def up(self) -> None:
        """Make secrets, databases and topics, and start everything; returns when all is ready."""
        self.prepare()
        for name in (MAIL, *SERVICES):
            self.start(name, wait=False)
        for name in (MAIL, *SERVICES):
            self.wait_ready(name)

    def prepare(self) -> None:
        """Make secrets, databases, roles, migrations and topics, where they are not there yet."""
        ensure_secrets(self.home.secrets)
        run_blocking(
            lambda: prepare(
                postgres_dsn=self.postgres.dsn,
                kafka=self.kafka.bootstrap,
                secrets=self.home.secrets,
                prefix=self.prefix,
            )
        )

    def close(self) -> None:
        """End every process at once; what they leave behind goes with the servers and the folder."""
        for client in self._clients:
            client.close()
        for each in self._running.values():
            each.process.kill()

    # Processes

    def start(self, name: str, *, wait: bool = True) -> None:
        """Start a service (or "mail") at the port it had before; its clock stands where the others' do."""
        port = self._running[name].port if name in self._running else ports.choose(taken=self._ports())
        self._running[name] = launch(self.home, name, self.environment(name), port)
        if wait:
            self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        """Wait until it says that it is ready, and set its clock as far ahead as the others'."""
        each = self._running[name]
        log = log_of(self.home, name)
        wait_until(each.is_ready, name=name, process=each.process, log=log, seconds=START_SECONDS)
        if self._ahead and name != MAIL:
            self._move(name, self._ahead)

    def kill(self, name: str) -> None:
        """`kill -9` of a service; `start` brings it back."""
        self._running[name].process.kill()

    def stop(self, name: str) -> float:
        """SIGTERM; returns the seconds until it was gone, and kills it after ten."""
        began = time.monotonic()
        self._running[name].process.stop(STOP_SECONDS)
        return time.monotonic() - began

    def restart(self, name: str) -> None:
        """`kill -9`, and start again."""
        self.kill(name)
        self.start(name)

    def environment(self, name: str) -> dict[str, str]:
        """The variables of one process, but its port."""
        if name == MAIL:
            return mail_environment(self.home)
        smtp = self._running[MAIL].url if MAIL in self._running else f"127.0.0.1:{MAIL_PORT}"
        matching = self.url("matching") if "matching" in self._running else None
        addresses = Addresses(self.kafka.bootstrap, self.postgres.dsn, smtp, matching)
        given = service_environment(self.home, name, addresses, prefix=self.prefix)
        return given | {"IEUM_CITIES": str(CITIES)}

    def log(self, name: str) -> str:
        """All that a process has written so far."""
        path = log_of(self.home, name)
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def alive(self, name: str) -> bool:
        """Whether its process runs."""
        return self._running[name].process.alive

    # HTTP

    def url(self, name: str) -> str:
        """Where a service answers, without its prefix."""
        return self._running[name].url

    def token(
        self, *roles: str, agency: str | None = None, subject: str | None = None, name: str | None = None,
        minutes: int = 480,
    ) -> str:  # fmt: skip
        """A bearer token as `ieum token` makes one; negative minutes make one that has expired."""
        return issue(
            (self.home.secrets / "token_private.pem").read_bytes(),
            subject=subject or "@".join([roles[0], agency or "ieum"]),
            roles=roles,
            agency=agency,
            name=name,
            minutes=minutes,
            now=datetime.now(UTC),
        )

    def client(
        self, service: str, *roles: str, agency: str | None = None, subject: str | None = None,
        name: str | None = None,
    ) -> httpx.Client:  # fmt: skip
        """A client of one service, signed in with these roles (without any: not signed in)."""
        headers = {}
        if roles:
            token = self.token(*roles, agency=agency, subject=subject, name=name)
            headers["Authorization"] = f"Bearer {token}"
        # trust_env: a proxy set for the internet must not be asked for this machine.
        made = httpx.Client(
            base_url=self.url(service), headers=headers, timeout=HTTP_SECONDS, trust_env=False
        )
        self._clients.append(made)
        return made

    # What they leave in Kafka, in Postgres, in the mail sink

    def facts(self, topic: str, type_: str | None = None, **data: object) -> list[Fact]:
        """The topic's records from its beginning to its present end, of a type and with these data.

        The type is given short (`match.ranked`), UUIDs as such or as text.
        """
        wanted = {key: str(value) if isinstance(value, UUID) else value for key, value in data.items()}
        found = run_blocking(lambda: outside.read(self.kafka.bootstrap, topic))
        return [
            fact
            for fact in found
            if type_ in (None, fact.short_type)
            and all(fact.data.get(key) == value for key, value in wanted.items())
        ]

    def records(self, *topics: str) -> list[ConsumerRecord[Any, Any]]:
        """The records of topics as Kafka holds them, each partition in order."""
        return run_blocking(lambda: outside.read_raw(self.kafka.bootstrap, *topics))

    def rows(self, service: str, sql: str, *arguments: object) -> list[dict[str, Any]]:
        """Rows of a service's database, as a superuser sees them: row-level security does not hide any."""
        return run_blocking(lambda: outside.query(self.database(service), sql, *arguments))

    def database(self, service: str) -> str:
        """The DSN of a service's database as a superuser."""
        return self.postgres.dsn.rpartition("/")[0] + f"/{self.prefix}_{service}"

    def mail(self, to: str | None = None) -> list[EmailMessage]:
        """What the mail sink took, oldest first; only what was for this address, where one is given."""
        return [mail for mail in outside.mail(self.home.mail) if to is None or to in mail["To"]]

    def traces(self, text: str) -> list[str]:
        """Every place where this text can be found: tables, topics, logs and mail, in any usual encoding."""
        dsns = {service: self.database(service) for service in SERVICES}
        found = run_blocking(lambda: outside.traces(self.kafka.bootstrap, dsns, text))
        found += [f"log {name}" for name in (MAIL, *SERVICES) if text in self.log(name)]
        return found + [f"mail {n}" for n, mail in enumerate(self.mail()) if text in outside.body(mail)]

    def scan(self, values: Sequence[str]) -> list[Found]:
        """Where any of these values lies in clear: tables, dumps, WAL, Kafka's files and topics, logs.

        Not in the mail sink, which stands for the world outside. Of servers that are not files here (Docker,
        or given by the environment) topics and dumps are read.
        """
        folders = [self.home.run]
        if isinstance(self.kafka, KafkaServer):
            folders.append(self.kafka.folder)
        if isinstance(self.postgres, PostgresServer) and self.postgres.data:
            folders += [self.postgres.folder, self.postgres.data]
        databases = [self.database(service) for service in SERVICES]
        pg_dump = find_programs(None).bin / "pg_dump"
        places = Places(folders, self.kafka.bootstrap, databases, pg_dump)
        return run_blocking(lambda: scan_all(places, needles(values)))

    def replay(self, scenario: Path) -> UUID:
        """Play a recorded scenario as new facts about new people; gives the run, which maps its ids."""
        run = new_id(datetime.now(UTC))
        kek = bytes.fromhex((self.home.secrets / "kek").read_text(encoding="ascii"))
        events = scenarios.read(scenario)
        run_blocking(lambda: play(self.kafka.bootstrap, events, Registry.load(), kek, run))
        return run

    # Time

    def advance(self, by: timedelta) -> None:
        """Move the clock of every service on."""
        self._ahead += by
        for name in SERVICES:
            self._move(name, by)

    def until(
        self, condition: Callable[[], T], *, seconds: float = WAIT_SECONDS, what: str | None = None
    ) -> T:
        """Wait until the condition gives something true, and return that; AssertionError after `seconds`.

        A service that is down for the moment counts as not yet.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                if found := condition():
                    return found
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:.0f} s: {what or condition}")
            time.sleep(POLL_SECONDS)

    def settled(self, *, seconds: float = WAIT_SECONDS) -> None:
        """Wait until no service has anything left to publish or to read."""
        self.until(self._is_settled, seconds=seconds, what="every outbox empty, every topic read to its end")

    def _is_settled(self) -> bool:
        return run_blocking(
            lambda: outside.settled(
                self.kafka.bootstrap, {service: self.database(service) for service in SERVICES}
            )
        )

    def _move(self, name: str, by: timedelta) -> None:
        self.client(name, "operator").put(
            f"/{name}/development/clock", json={"seconds": int(by.total_seconds())}
        ).raise_for_status()

    def _ports(self) -> frozenset[int]:
        return frozenset(each.port for each in self._running.values())


@contextmanager
def running(kafka: Kafka, postgres: Postgres, folder: Path, *, prefix: str) -> Iterator[Platform]:
    """A platform while the block runs, on empty topics and databases of its own."""
    if not isinstance(kafka, Given):  # what lies in a server of others is not ours to delete
        run_blocking(lambda: outside.forget_topics(kafka.bootstrap))
    platform = Platform(kafka, postgres, folder, prefix=prefix)
    try:
        platform.up()
        yield platform
    finally:
        platform.close()
        run_blocking(lambda: outside.drop(postgres.dsn, prefix))
