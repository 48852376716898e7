"""Intake on a real database, spoken to over HTTP; consumers are given their work by the test."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import asyncpg
import httpx
from fastapi import FastAPI

from ieum.common.events.envelope import Event
from ieum.common.events.model import EventData
from ieum.common.kernel.clock import ManualClock
from ieum.common.local.secrets import ensure_secrets
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.service import prepare
from ieum.common.service.app import Service
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY
from ieum.common.web.tokens import issue
from ieum.intake.app import build
from ieum.intake.imports.jobs import take_next
from ieum.intake.settings import IntakeSettings

AGENCY = "daegu-youth-centre"
CASE_DESK = "dalseo-gu-hope"
PROGRAMME = "yes-matching-2022"
YAML = (REPOSITORY / "deploy/cities/daegu/programmes/yes-matching-2022.yaml").read_text(encoding="utf-8")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPEN_DAY = datetime(2022, 2, 15, 3, 0, tzinfo=UTC)  # within its days of application
CONSUMER = Actor("service", "intake/test")
HONG: dict[str, Any] = {
    "name": "홍길동",
    "birth_date": "1997.3.5",
    "phone": "010-0123-4567",
    "email": "hong@mail.ieum.test",
    "district": "27290",
    "skills": ["판소리"],
    "fields": ["정보통신"],
}
GUARDIAN: dict[str, Any] = {
    "role": "guardian", "name": "박보호", "phone": "010-0555-6666", "relation": "parent",
    "document": "power-of-attorney", "seen_on": "2022.2.14",
}  # fmt: skip
CLEAR = ("홍길동", "길동", "1997-03-05", "1997.3.5", "01234567", "0123-4567", "hong@mail", "판소리")
"""What may be in no column after Hong was registered."""


@dataclass
class World:
    """A running intake without Kafka, and its clock."""

    service: Service
    client: httpx.AsyncClient
    clock: ManualClock
    secrets: Path
    admin_dsn: str
    app: FastAPI

    def headers(
        self,
        role: str = "staff",
        *,
        subject: str = "kim",
        agency: str | None = AGENCY,
        name: str | None = None,
        key: str | None = None,
    ) -> dict[str, str]:
        agency = None if role == "citizen" else agency
        token = self.token([role], subject=subject, agency=agency, name=name, minutes=5)
        return token | {"Idempotency-Key": key or uuid4().hex}

    def token(
        self,
        roles: list[str],
        *,
        subject: str,
        agency: str | None,
        name: str | None = None,
        minutes: int = 60,
    ) -> dict[str, str]:
        private = (self.secrets / "token_private.pem").read_bytes()
        now = self.app.state.web.clock.now()
        token = issue(
            private, subject=subject, roles=roles, agency=agency, name=name, minutes=minutes, now=now
        )
        return {"Authorization": f"Bearer {token}"}

    async def post(self, path: str, json: Any = None, *, role: str = "staff", **who: Any) -> httpx.Response:
        return await self.client.post(f"/intake/{path}", json=json, headers=self.headers(role, **who))

    async def get(self, path: str, *, role: str = "staff", params: Any = None, **who: Any) -> httpx.Response:
        return await self.client.get(f"/intake/{path}", params=params, headers=self.headers(role, **who))

    async def patch(
        self, path: str, json: Any, *, version: int | str | None, role: str = "staff", **who: Any
    ) -> httpx.Response:
        headers = self.headers(role, **who)
        if version is not None:
            headers["If-Match"] = f'"{version}"' if isinstance(version, int) else version
        return await self.client.patch(f"/intake/{path}", json=json, headers=headers)

    async def upload(
        self, kind: str, raw: bytes, params: dict[str, Any] | None = None, **who: Any
    ) -> httpx.Response:
        """Send a file; nothing of it is taken yet."""
        content_type = XLSX if raw.startswith(b"PK") else "text/csv"
        headers = {**self.headers(**who), "Content-Type": content_type}
        return await self.client.post(
            f"/intake/imports/{kind}", params=params or {}, content=raw, headers=headers
        )

    async def take(self) -> None:
        """Work through all that was sent."""
        while await take_next(self.service):
            pass

    async def load(
        self,
        raw: bytes,
        *,
        kind: str = "applications",
        programme: str = PROGRAMME,
        received_on: str | None = None,
        **who: Any,
    ) -> httpx.Response:
        """Send a file of applications and work through it; gives the report, or the refusal."""
        asked = {name: who.pop(name) for name in ("mapping", "dry_run") if name in who}
        params = asked | ({"programme": programme} if kind == "applications" else {})
        params |= {"received_on": received_on} if received_on else {}
        sent = await self.upload(kind, raw, params, **who)
        if sent.status_code != 202:
            return sent
        await self.take()
        who.pop("key", None)
        return await self.get(f"imports/{sent.json()['id']}", **who)

    async def market(self, *codes: str) -> dict[str, str]:
        """The programme of 2022 with openings of these codes; gives their ids."""
        assert (await self.post("programmes", {"yaml": YAML})).status_code == 201
        firm = (await self.post("organisations", organisation())).json()["id"]
        made = {}
        for code in codes:
            answer = await self.post("openings", opening(firm, code=code))
            assert answer.status_code == 201, answer.text
            made[code] = answer.json()["id"]
        return made

    async def person(self, *, agency: str = AGENCY, **changes: Any) -> str:
        answer = await self.post("people", HONG | changes, agency=agency)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def confer(self, person: str, *agencies: str) -> None:
        """A case of the person, in whose conference these agencies sit: so each of them serves the person."""
        desk: dict[str, Any] = {"agency": CASE_DESK, "subject": f"{CASE_DESK}-lead"}
        told = {"situation": "함께 살핍니다.", "district": "27290", "source": "neighbour", "person": person}
        made = await self.post("reports", told | {"agency": CASE_DESK}, **desk)
        assert made.status_code == 201, made.text
        (row,) = await self.fetch("select case_id from case_person where person = $1", UUID(person))
        body = {
            "held_on": "2022-02-14", "decision": "함께 돕습니다.",
            "participants": [{"role": "guest", "agency": agency} for agency in agencies],
        }  # fmt: skip
        url, headers = f"/intake/cases/{row['case_id']}/conferences", self.headers(**desk)
        held = await self.client.post(url, json=body, headers=headers | {"If-Match": '"1"'})
        assert held.status_code == 201, held.text

    async def apply(self, person: str, choices: list[str], **more: Any) -> httpx.Response:
        body = {"person": person, "programme": PROGRAMME, "choices": choices, **more.pop("body", {})}
        return await self.post("applications", body, **more)

    async def consume(self, handler: Any, *data: EventData, topic: str, at: datetime | None = None) -> None:
        """Hand facts to a consumer's handler, as the runner does."""
        async with self.service.database.unit_of_work(CONSUMER, purposes.INTAKE) as tx:
            await handler([event(one, topic, at or self.clock.now()) for one in data], tx)

    async def fetch(self, sql: str, *arguments: Any) -> list[Any]:
        """As a superuser, who sees every row."""
        admin = await asyncpg.connect(self.admin_dsn)
        try:
            return await admin.fetch(sql, *arguments)
        finally:
            await admin.close()

    async def told(self, topic: str) -> list[dict[str, Any]]:
        """The values in the outbox for a topic, in order."""
        rows = await self.fetch("select value from outbox where topic = $1 order by id", topic)
        return [json.loads(row["value"]) if row["value"] else {} for row in rows]

    async def dump(self) -> str:
        """Every column of every table as text, whoever may read it."""
        tables = await self.fetch(
            "select table_name from information_schema.tables where table_schema='public'"
        )
        parts = []
        for table in tables:
            name = table["table_name"]
            rows = await self.fetch(f'select t::text as text, to_jsonb(t)::text as json from "{name}" t')
            parts += [f"{name}: {row['text']} {row['json']}" for row in rows]
        values = await self.fetch(
            "select convert_from(value, 'UTF8') as value from outbox where value is not null"
        )
        return "\n".join([*parts, *(row["value"] for row in values)])

    def advance(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))


def event(data: EventData, topic: str, at: datetime, *, subject: str | None = None) -> Event:
    """A fact as a consumer gets it."""
    return Event(
        id=uuid4(), type=data.event_type, source="/ieum/daegu/matching", time=at,
        subject=subject or str(uuid4()), sequence=1, correlation_id=str(uuid4()), causation_id=None,
        topic=topic, partition=0, offset=0, key=b"k", headers=(), value=b"{}", data=data,
    )  # fmt: skip


def organisation(**changes: Any) -> dict[str, Any]:
    return {"name": "(가상) 이음소프트", "roles": ["workplace"], "district": "27260"} | changes


def opening(firm: str, **changes: Any) -> dict[str, Any]:
    return {
        "programme": PROGRAMME, "organisation": firm, "code": "Y22-001", "title": "웹 개발 일경험",
        "capacity": 1, "district": "27260", "field": "정보통신", "skills": ["파이썬"],
        "wage_hourly_won": 9160, "hours_per_week": 40, "months": 24, "contract": "기간제 근로계약",
    } | changes  # fmt: skip


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


async def make_database(postgres_dsn: str, secrets: Path, prefix: str) -> None:
    """A migrated database with its two roles."""
    ensure_secrets(secrets)
    password = (secrets / "postgres_intake").read_text(encoding="ascii")
    await prepare._prepare_database(postgres_dsn, "intake", password, prefix)


async def drop_database(postgres_dsn: str, prefix: str) -> None:
    admin = await asyncpg.connect(postgres_dsn)
    await admin.execute(f'drop database "{prefix}_intake" with (force)')
    for role in (f"{prefix}_intake", f"{prefix}_intake_owner"):
        await admin.execute(f'drop owned by "{role}"')
        await admin.execute(f'drop role "{role}"')
    await admin.close()


# Truncating makes each table's files anew, which takes longer than most tests.
_EMPTY = """do $$
declare held text;
begin
  set local session_replication_role = replica;  -- no order among tables need be kept
  for held in select tablename from pg_tables
    where schemaname = 'public' and tablename not in ('schema_migration', 'relay')
  loop
    execute format('delete from %I', held);
  end loop;
end $$"""


async def empty(admin_dsn: str) -> None:
    """Take all rows out of all tables but those that migrations filled."""
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute(_EMPTY)
    await admin.close()


_packs = cache(City.load)  # read once: packs do not change while tests run


@asynccontextmanager
async def world(
    postgres_dsn: str, secrets: Path, prefix: str, kafka: str = "127.0.0.1:1", **place: Any
) -> AsyncIterator[World]:
    """The service as its role, on a database made before; its clock stands still. `place`: city, cities."""
    password = (secrets / "postgres_intake").read_text(encoding="ascii")
    dsn = prepare.service_dsn(postgres_dsn, "intake", password, prefix)
    with patch.object(City, "load", _packs):
        service = build(IntakeSettings(kafka=kafka, database=dsn, secrets=secrets, **place))
    clock = ManualClock(OPEN_DAY)
    service.clock = service.database.clock = clock  # type: ignore[assignment]
    app = service.application()
    app.state.web.started = True  # where there is no broker, consumers and relay do not run
    transport = httpx.ASGITransport(app=app)
    admin_dsn = postgres_dsn.rpartition("/")[0] + f"/{prefix}_intake"
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            yield World(service, client, clock, secrets, admin_dsn, app)
    finally:
        await service.database.close()
