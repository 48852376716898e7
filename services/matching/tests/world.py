"""Matching on a real database, wired as `app.py` wires it: all but Kafka, which only carries facts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from ieum.common.events.envelope import Event
from ieum.common.events.matching import Explanation
from ieum.common.events.model import PrivateData, Sealed
from ieum.common.kernel.clock import SystemClock
from ieum.common.local.secrets import ensure_secrets
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import KeyWrapper, PresentKey, kid_of, newest
from ieum.common.privacy.objects import open_sealed, seal
from ieum.common.service import prepare
from ieum.common.service.app import Service
from ieum.common.web.tokens import issue
from ieum.matching.app import build, markets
from ieum.matching.eligibility import consumers as eligibility
from ieum.matching.placement import jobs as placement_jobs
from ieum.matching.ranking import jobs as ranking_jobs
from ieum.matching.rounds import jobs as rounds_jobs
from ieum.matching.rounds.computing import Cleared, clear
from ieum.matching.settings import MatchingSettings

from .facts import AT, application, firm, opening, person, profile, programme, uid


async def _clear_here(market: bytes, _seconds_max: float) -> Cleared:
    return clear(market)


CONSUMER = Actor("service", "matching/matching-markets")
PREFIX = "kr.ieum.matching."


@dataclass
class Keys:
    """A key ring in memory, as intake issues it."""

    keys: dict[str, bytes] = field(default_factory=dict)
    _wrapper: KeyWrapper = field(default_factory=lambda: KeyWrapper(bytes(32)))

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:  # noqa: ARG002
        return {kid: self.keys[kid] for kid in kids if kid in self.keys}

    async def present(self, connection: object, names: Iterable[str]) -> Mapping[str, PresentKey]:
        kids = newest(self.keys)
        keys = await self.fetch(connection, [kids[name] for name in names if name in kids])
        return {kid.rpartition("/")[0]: PresentKey(kid, key) for kid, key in keys.items()}

    def issue(self, person_id: UUID) -> None:
        for record_class in ("profile", "application"):
            self.keys.setdefault(kid_of(person_id, record_class), self._wrapper.new()[0])

    def seal(self, person_id: UUID, private: PrivateData) -> Sealed:
        self.issue(person_id)
        kid = kid_of(person_id, private.record_class)
        return seal(private, self.keys[kid], kid, uuid4())

    def destroy(self, person_id: UUID) -> None:
        self.keys = {kid: key for kid, key in self.keys.items() if not kid.startswith(str(person_id))}


@dataclass(frozen=True)
class Told:
    """A fact that matching published."""

    type: str
    subject: str
    sequence: int
    data: dict[str, Any]

    @property
    def application(self) -> UUID:
        return UUID(self.data["application"])


@dataclass
class World:
    """One matching."""

    service: Service
    client: httpx.AsyncClient
    keys: Keys
    admin_dsn: str
    secrets: Path
    applied: int = 0

    def person(self, name: str, *, district: str = "27110", **changes: Any) -> Event:
        return person(name, self.keys.seal(uid(name), profile(**changes)), district=district)

    async def apply(self, *events: Event) -> None:
        """Apply facts as the consumer does: each run of one topic in one transaction."""
        batch: list[Event] = []
        for event in events:
            if batch and batch[-1].topic != event.topic:
                await self._apply(batch)
                batch = []
            batch.append(event)
        if batch:
            await self._apply(batch)

    async def _apply(self, batch: Sequence[Event]) -> None:
        async with self.service.database.unit_of_work(CONSUMER, purposes.MATCHING) as tx:
            handlers = markets(self.service.city).handlers() | eligibility.HANDLERS
            await handlers[batch[0].topic](list(batch), tx)

    async def market(self, places: Mapping[str, int], **rules: Any) -> None:
        """The programme, with these openings and their places."""
        openings = [opening(name, capacity=capacity) for name, capacity in places.items()]
        await self.apply(programme(**rules), *(firm(name) for name in places), *openings)

    async def applicant(self, name: str, *choices: str, **changes: Any) -> None:
        """A person who applies for these openings, a minute after the one before."""
        self.applied += 1
        at = AT + timedelta(minutes=self.applied)
        await self.apply(self.person(name, **changes), application(name, *choices, at=at))

    async def told(self, type_: str = "") -> list[Told]:
        """What matching published, all passed on, in order; of one type, such as `match.proposed`."""
        await self.refills()
        found = []
        for row in await self.fetch("select headers, value from outbox order by id"):
            headers = dict(json.loads(row["headers"]))
            name = headers["ce_type"].removeprefix(PREFIX).removesuffix(".v1")
            sequence = int(headers["ce_sequence"])
            found.append(Told(name, headers["ce_subject"], sequence, json.loads(row["value"])))
        return [one for one in found if one.type.startswith(type_)]

    def explained(self, fact: Told) -> Explanation:
        """What a fact tells its person."""
        sealed = Sealed.model_validate(fact.data["private"]["application"])
        return open_sealed(sealed, self.keys.keys[sealed.kid], Explanation)

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        """As a superuser, who sees every row."""
        admin = await asyncpg.connect(self.admin_dsn)
        try:
            return list(await admin.fetch(sql, *arguments))
        finally:
            await admin.close()

    async def late_facts(self) -> int:
        return await ranking_jobs.late_facts(self.service)

    async def expire(self) -> int:
        return await placement_jobs.expire(self.service)

    def pass_days(self, days: int) -> None:
        self.service.clock.advance(timedelta(days=days))

    async def get(self, path: str, role: str, **who: Any) -> httpx.Response:
        return await self.client.get(f"/matching{path}", headers=self._headers(role, **who))

    async def post(self, path: str, role: str, body: Any = None, **who: Any) -> httpx.Response:
        headers = self._headers(role, **who) | {"Idempotency-Key": str(uuid4())}
        return await self.client.post(f"/matching{path}", json=body, headers=headers)

    def _headers(
        self,
        role: str,
        *,
        subject: str = "kim",
        name: str | None = "김담당",
        agency: str = "daegu-youth-centre",
    ) -> dict[str, str]:
        key = (self.secrets / "token_private.pem").read_bytes()
        token = issue(
            key, subject=subject, roles=[role], agency=agency, name=name, minutes=5, now=SystemClock().now()
        )
        return {"Authorization": f"Bearer {token}"}

    async def refills(self) -> int:
        """Pass on what came free, as the timer does, but in this process."""
        passed = 0
        while number := await rounds_jobs.refill(self.service, _clear_here):
            passed += number
        return passed

    async def recommit(self) -> int:
        return await rounds_jobs.recommit(self.service)

    async def round(self, *, confirmed: bool = True) -> str:
        """Open a round, close it, compute it and confirm it; gives its id."""
        made = await self.post("/rounds", "official", {"programme": "yes-matching-2022"})
        assert made.status_code == 201, made.text
        id_ = made.json()["id"]
        closed = await self.post(f"/rounds/{id_}/closing", "official")
        assert closed.status_code == 200, closed.text
        computed = await self.post(f"/rounds/{id_}/computation", "official")
        assert computed.status_code == 200, computed.text
        if confirmed:
            answer = await self.post(f"/rounds/{id_}/confirmation", "official")
            assert answer.status_code == 200, answer.text
        return str(id_)

    async def live(self) -> dict[str, list[str]]:
        """Who holds what, once all was passed on: opening's code to the persons' ids, in order."""
        await self.refills()
        rows = await self.fetch(
            "select o.code, m.person from match m join opening o on o.id = m.opening"
            " where state in ('proposed', 'accepted') order by o.code, m.proposed_at, m.id"
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["code"], []).append(str(row["person"]))
        return found

    async def match_of(self, name: str) -> str:
        """The id of a person's newest match, once all was passed on."""
        await self.refills()
        return await self.match_now(name)

    async def match_now(self, name: str) -> str:
        """The same, whatever is still to be passed on."""
        rows = await self.fetch(
            "select id from match where person = $1 order by proposed_at desc, id desc", uid(name)
        )
        return str(rows[0]["id"])


@dataclass(frozen=True)
class Place:
    """A migrated database: its DSN as the application's role and as the superuser; and the secrets."""

    dsn: str
    admin_dsn: str
    secrets: Path


@asynccontextmanager
async def matching_database(postgres_dsn: str, secrets: Path) -> AsyncIterator[Place]:
    """A database with its two roles, gone at the end."""
    ensure_secrets(secrets)
    prefix = f"t{uuid4().hex[:8]}"
    password = (secrets / "postgres_matching").read_text(encoding="ascii")
    await prepare._prepare_database(postgres_dsn, "matching", password, prefix)
    try:
        admin_dsn = postgres_dsn.rpartition("/")[0] + f"/{prefix}_matching"
        yield Place(prepare.service_dsn(postgres_dsn, "matching", password, prefix), admin_dsn, secrets)
    finally:
        admin = await asyncpg.connect(postgres_dsn)
        await admin.execute(f'drop database "{prefix}_matching" with (force)')
        for role in (f"{prefix}_matching", f"{prefix}_matching_owner"):
            await admin.execute(f'drop owned by "{role}"')
            await admin.execute(f'drop role "{role}"')
        await admin.close()


async def empty(place: Place) -> None:
    """Empty every table that tests fill."""
    admin = await asyncpg.connect(place.admin_dsn)
    rows = await admin.fetch(
        "select tablename from pg_tables where schemaname = 'public'"
        " and tablename not in ('schema_migration', 'relay')"
    )
    await admin.execute("truncate " + ", ".join(f'"{row["tablename"]}"' for row in rows))
    await admin.close()


@asynccontextmanager
async def world(place: Place) -> AsyncIterator[World]:
    """A service that is not started, on an empty database: what Kafka would bring, the test brings."""
    await empty(place)
    settings = MatchingSettings(kafka="127.0.0.1:1", database=place.dsn, secrets=place.secrets)
    service, keys = build(settings), Keys()
    service.database.keys = keys
    app = service.application()
    app.state.web.started = True
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://matching") as client:
        yield World(service, client, keys, place.admin_dsn, place.secrets)
    await service.database.close()
