"""The peers of taking in applications: FastAPI and asyncpg as written in an afternoon, on intake's tables.

`/rows`: the rows that an application leaves (itself, its event in the outbox, its Idempotency-Key), one
statement a table, in one transaction. `/row`: the application's row alone. `/bulk`: NDJSON, the rows by
`unnest`, one key. Nothing is asked, checked, sealed or remembered, but the bytes are as many.
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI, Request
from pydantic import BaseModel, TypeAdapter

AGENCY = "daegu-youth-centre"
# What sealing makes of the answers that are sent here.
CIPHERTEXT = "QUJD" * 27
_APPLICATION = """insert into application (id, person, programme, programme_version, choices, details,
  channel, agency, receipt, submitted_at) values ($1, $2, $3, 1, $4, $5, 'counter', $6, $7, $8)"""
_OUTBOX = (
    "insert into outbox (topic, key, time, headers, value) values ('intake-applications', $1, $2, $3, $4)"
)
_KEY = """insert into idempotency (scope, body_hash, resource, status, created_at)
values ($1, $2, $3, 201, $4)"""
_APPLICATIONS = """insert into application (id, person, programme, programme_version, choices, details,
  channel, agency, receipt, submitted_at)
select id, person, programme, 1, choices::uuid[], details::jsonb, 'counter', $8, receipt, $7
from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
  as new (id, person, programme, choices, details, receipt)"""
_OUTBOXES = """insert into outbox (topic, key, time, headers, value)
select 'intake-applications', key, $2, headers, value from unnest($1::text[], $3::text[], $4::bytea[])
  as new (key, headers, value)"""


class Submit(BaseModel):
    """The same body that intake takes."""

    person: UUID
    programme: str
    choices: list[UUID]
    answers: dict[str, str] = {}


class Choice(BaseModel):
    """A ranked choice."""

    rank: int
    opening: UUID
    code: str
    title: str


class View(BaseModel):
    """What is answered, as long as intake's."""

    id: UUID
    receipt: str
    status: str
    person: UUID
    programme: str
    programme_version: int
    channel: str
    agency: str
    submitted_at: datetime
    withdrawn_at: datetime | None
    choices: list[Choice]
    timeline: list[dict[str, Any]]


_LINES = TypeAdapter(list[Submit])


def application(dsn: str) -> FastAPI:
    """The app on a pool of ten connections, as intake has them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = await asyncpg.create_pool(dsn, min_size=1, max_size=10)
        yield
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/row", status_code=201)
    async def row(body: Submit) -> View:
        view = _view(body, datetime.now(UTC))
        await app.state.pool.execute(_APPLICATION, *_columns(body, view))
        return view

    @app.post("/rows", status_code=201)
    async def rows(body: Submit, request: Request) -> View:
        view = _view(body, datetime.now(UTC))
        async with app.state.pool.acquire() as connection, connection.transaction():
            await connection.execute(_APPLICATION, *_columns(body, view))
            event = (view.submitted_at, _headers(view), _value(body, view))
            await connection.execute(_OUTBOX, str(view.id), *event)
            await connection.execute(_KEY, *await _key(request), view.id, view.submitted_at)
        return view

    @app.post("/bulk", status_code=201)
    async def bulk(request: Request) -> dict[str, Any]:
        now, raw = datetime.now(UTC), await request.body()
        bodies = _LINES.validate_json(b"[" + b",".join(raw.splitlines()) + b"]")
        views = [_view(body, now) for body in bodies]
        async with app.state.pool.acquire() as connection, connection.transaction():
            await _insert(connection, bodies, views, now)
            await connection.execute(_KEY, *await _key(request), uuid4(), now)
        return {"lines": [{"line": n, "receipt": view.receipt} for n, view in enumerate(views, start=1)]}

    return app


async def _insert(connection: Any, bodies: Sequence[Submit], views: Sequence[View], now: datetime) -> None:
    pairs = list(zip(bodies, views, strict=True))
    choices = ["{" + ",".join(map(str, body.choices)) + "}" for body in bodies]
    columns = [
        [view.id for view in views], [body.person for body in bodies], [body.programme for body in bodies],
        choices, [_details(view) for view in views], [view.receipt for view in views],
    ]  # fmt: skip
    await connection.execute(_APPLICATIONS, *columns, now, AGENCY)
    headers, values = [_headers(view) for view in views], [_value(*pair) for pair in pairs]
    await connection.execute(_OUTBOXES, [str(view.id) for view in views], now, headers, values)


async def _key(request: Request) -> tuple[bytes, bytes]:
    key = request.headers["idempotency-key"]
    return sha256(key.encode()).digest(), sha256(await request.body()).digest()


def _view(body: Submit, now: datetime) -> View:
    id_ = uuid4()
    return View(
        id=id_,
        receipt=f"{now:%Y%m%d}-{id_.hex[:10]}",
        status="submitted",
        person=body.person,
        programme=body.programme,
        programme_version=1,
        channel="counter",
        agency=AGENCY,
        submitted_at=now,
        withdrawn_at=None,
        choices=[
            Choice(rank=n, opening=opening, code=f"C-{n}", title=f"{n}번 자리")
            for n, opening in enumerate(body.choices, start=1)
        ],
        timeline=[{"status": "submitted", "at": now, "opening": None}],
    )


def _columns(body: Submit, view: View) -> tuple[Any, ...]:
    choices, at = body.choices, view.submitted_at
    return view.id, body.person, body.programme, choices, _details(view), AGENCY, view.receipt, at


def _sealed(view: View) -> dict[str, str]:
    kid = f"{view.person}/application/1"
    return {"alg": "A256GCM", "kid": kid, "context": str(view.id), "ciphertext": CIPHERTEXT}


def _details(view: View) -> str:
    return json.dumps(_sealed(view))


def _headers(view: View) -> str:
    return json.dumps(
        [
            ("ce_specversion", "1.0"),
            ("ce_id", str(uuid4())),
            ("ce_type", "kr.ieum.intake.application.submitted.v1"),
            ("ce_source", "/ieum/daegu/intake"),
            ("ce_time", view.submitted_at.isoformat()),
            ("ce_subject", str(view.id)),
            ("ce_dataschema", "https://ieum.kr/schemas/kr.ieum.intake.application.submitted.v1.json"),
            ("ce_sequence", "1"),
            ("ce_correlationid", str(uuid4())),
            ("content-type", "application/json"),
        ]
    )


def _value(body: Submit, view: View) -> bytes:
    return json.dumps(
        {
            "private": {"application": _sealed(view)},
            "person": str(body.person),
            "programme": body.programme,
            "programme_version": 1,
            "choices": [str(one) for one in body.choices],
            "channel": "counter",
            "agency": AGENCY,
            "submitted_at": view.submitted_at.isoformat(),
        }
    ).encode()


if __name__ == "__main__":
    _dsn, _port = sys.argv[1:]
    uvicorn.run(application(_dsn), host="127.0.0.1", port=int(_port), log_config=None, access_log=False)
