"""Notify's inside on a real database and a real mail server: all but Kafka, which only carries facts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from ieum.common.events.envelope import Event
from ieum.common.events.intake import PersonContact
from ieum.common.events.model import PrivateData, Sealed
from ieum.common.events.registry import Registry
from ieum.common.kernel.clock import ManualClock
from ieum.common.postgres import Database
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import KeyWrapper, PresentKey, kid_of, newest
from ieum.common.privacy.objects import seal
from ieum.common.privacy.search import SearchKey
from ieum.common.service.city import City
from ieum.common.service.prepare import _prepare_database, service_dsn
from ieum.notify.catalogue.consumers import on_openings, on_programmes
from ieum.notify.channels.domain import Channel
from ieum.notify.channels.email import EmailChannel, Mailbox
from ieum.notify.contacts.consumers import on_organisations, on_people
from ieum.notify.deliveries import actions, jobs
from ieum.notify.deliveries.consumers import on_matches
from ieum.notify.deliveries.letters import Desk
from ieum.notify.sink.faults import FaultPlan
from ieum.notify.sink.maildir import Mail, Maildir
from ieum.notify.sink.server import listen

from .facts import CITY, firm, opening, programme, registered

NOON = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # in Korea
PASSWORD = "test"
SEARCH = SearchKey(b"s" * 32)
HANDLERS: dict[str, Any] = {
    "intake-people": on_people(forget=actions.forget),
    "intake-organisations": on_organisations,
    "intake-programmes": on_programmes,
    "intake-openings": on_openings,
    "matching-matches": on_matches,
}


@dataclass
class Keys:
    """A key ring in memory, as intake issues it."""

    keys: dict[str, bytes] = field(default_factory=dict)
    wrapped_elsewhere: set[UUID] = field(default_factory=set)
    _wrapper: KeyWrapper = field(default_factory=lambda: KeyWrapper(bytes(32)))

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:  # noqa: ARG002
        return {kid: self._unwrap(kid) for kid in kids if kid in self.keys}

    async def present(self, connection: object, names: Iterable[str]) -> Mapping[str, PresentKey]:
        kids = newest(self.keys)
        keys = await self.fetch(connection, [kids[name] for name in names if name in kids])
        return {kid.rpartition("/")[0]: PresentKey(kid, key) for kid, key in keys.items()}

    def _unwrap(self, kid: str) -> bytes:
        if UUID(kid.partition("/")[0]) in self.wrapped_elsewhere:
            raise InvalidUnwrap
        return self.keys[kid]

    def seal(self, person: UUID, private: PrivateData, context: UUID | None = None) -> Sealed:
        kid = kid_of(person, private.record_class)
        key = self.keys.setdefault(kid, self._wrapper.new()[0])
        return seal(private, key, kid, context or uuid4())

    def destroy(self, person: UUID) -> None:
        self.keys = {kid: key for kid, key in self.keys.items() if not kid.startswith(str(person))}


@dataclass
class World:
    """One notify: its database, its clock, its keys, its mail server's folder."""

    database: Database
    server_dsn: str
    admin_dsn: str
    clock: ManualClock
    keys: Keys
    city: City
    server: asyncio.Server
    mailbox: Mailbox
    channel: EmailChannel
    folder: Path

    @property
    def service(self) -> Any:
        return SimpleNamespace(database=self.database)

    def sender(
        self, channel: Channel | None = None, *, quiet: bool = False, batch_max: int = 50
    ) -> jobs.Sender:
        desk = Desk(self.city, SEARCH, "https://ieum.daegu.example", quiet)
        return jobs.Sender(channel or self.channel, desk, batch_max=batch_max, lease_seconds=30)

    async def apply(self, *events: Event) -> None:
        """Apply facts as the consumer does: a batch of one topic, in one transaction."""
        by_topic: dict[str, list[Event]] = {}
        for event in events:
            by_topic.setdefault(event.topic, []).append(event)
        for topic, batch in by_topic.items():
            async with self.database.unit_of_work(jobs.ACTOR, purposes.NOTICE) as tx:
                await HANDLERS[topic](batch, tx)

    async def release(self) -> int:
        return await jobs.release(self.service)

    async def send_all(self, sender: jobs.Sender | None = None) -> None:
        """Run the sender until nothing is due."""
        sender = sender or self.sender()
        while await sender.run(self.service):
            pass

    def person(
        self, id_: UUID, name: str = "홍길동", email: str | None = "hong@example.kr", **rest: Any
    ) -> Event:
        return registered(id_, self.keys.seal(id_, PersonContact(name=name, email=email)), **rest)

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        """As a superuser, who sees every row."""
        admin = await asyncpg.connect(self.admin_dsn)
        try:
            return await admin.fetch(sql, *arguments)
        finally:
            await admin.close()

    async def admit(self, *, connections: bool) -> None:
        """Open the database, or close it and cut every connection to it."""
        server = await asyncpg.connect(self.server_dsn)
        name = self.admin_dsn.rpartition("/")[2]
        await server.execute(f'alter database "{name}" allow_connections {str(connections).lower()}')
        if not connections:
            await server.fetch(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", name
            )
        await server.close()

    async def states(self) -> list[tuple[str, str, str | None]]:
        rows = await self.fetch("select purpose, state, reason from message order by purpose, id")
        return [(row["purpose"], row["state"], row["reason"]) for row in rows]

    async def told(self) -> list[str]:
        """The types of notify's message facts in the outbox, in order, without prefix and version."""
        types = [headers["ce_type"] for headers in await self.headers()]
        return [type_.removeprefix("kr.ieum.notify.").removesuffix(".v1") for type_ in types]

    async def headers(self) -> list[dict[str, str]]:
        """The headers of notify's message facts in the outbox, in order."""
        rows = await self.fetch("select headers from outbox where topic = 'notify-messages' order by id")
        return [dict(json.loads(row["headers"])) for row in rows]

    def mails(self) -> list[Mail]:
        return list(Maildir(self.folder).headers())

    def message_ids(self) -> list[str]:
        return [str(mail.message["Message-ID"]) for mail in self.mails()]

    def faults(self, plan: str) -> None:
        (self.folder / "faults").write_text(plan)


def market(world: World, person: UUID, **rest: Any) -> Sequence[Event]:
    """All that a message about this person may mention."""
    return [world.person(person, **rest), programme(), firm(), opening()]


@asynccontextmanager
async def own_database(postgres_dsn: str) -> AsyncIterator[tuple[str, str]]:
    """A migrated database of its own: its DSN as the application's role and as the superuser."""
    prefix = f"t{uuid4().hex[:8]}"
    await _prepare_database(postgres_dsn, "notify", PASSWORD, prefix)
    try:
        admin_dsn = postgres_dsn.rpartition("/")[0] + f"/{prefix}_notify"
        yield service_dsn(postgres_dsn, "notify", PASSWORD, prefix), admin_dsn
    finally:
        await _drop(postgres_dsn, prefix)


@asynccontextmanager
async def world(postgres_dsn: str, folder: Path) -> AsyncIterator[World]:
    """A database and a mail server, both gone at the end."""
    async with own_database(postgres_dsn) as (dsn, admin_dsn):
        made = await _world(postgres_dsn, dsn, admin_dsn, folder)
        try:
            yield made
        finally:
            await made.channel.close()
            made.server.close()
            await made.database.close()


async def _world(postgres_dsn: str, dsn: str, admin_dsn: str, folder: Path) -> World:
    clock, keys = ManualClock(NOON), Keys()
    database = Database(
        dsn,
        service="notify",
        source="/ieum/daegu/notify",
        clock=clock,
        registry=Registry.load(),
        keys=keys,
    )
    server = await listen(Maildir(folder), "127.0.0.1", 0, FaultPlan())
    mailbox = Mailbox(
        "127.0.0.1", server.sockets[0].getsockname()[1], Address("", "no-reply", "ieum.example"), "daegu"
    )
    return World(
        database=database,
        server_dsn=postgres_dsn,
        admin_dsn=admin_dsn,
        clock=clock,
        keys=keys,
        city=City.load(CITY),
        server=server,
        mailbox=mailbox,
        channel=EmailChannel(mailbox),
        folder=folder,
    )


async def _drop(postgres_dsn: str, prefix: str) -> None:
    admin = await asyncpg.connect(postgres_dsn)
    await admin.execute(f'drop database "{prefix}_notify" with (force)')
    for role in (f"{prefix}_notify", f"{prefix}_notify_owner"):
        await admin.execute(f'drop owned by "{role}"')
        await admin.execute(f'drop role "{role}"')
    await admin.close()
