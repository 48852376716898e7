"""The peer of taking in an application: FastAPI and asyncpg, one validated body, one row, nothing else."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

TABLE = """create table application (id uuid primary key, person uuid not null, programme text not null,
  programme_version int not null, choices uuid[] not null, details jsonb, channel text not null,
  agency text not null, receipt text not null unique, sequence int not null default 1,
  submitted_at timestamptz not null, withdrawn_at timestamptz);
create unique index application_live on application (person, programme) where withdrawn_at is null;
create index application_person on application (person)"""
_INSERT = """insert into application (id, person, programme, programme_version, choices, details, channel,
  agency, receipt, submitted_at) values ($1, $2, $3, 1, $4, $5, 'counter', 'agency', $6, $7)"""


class Submit(BaseModel):
    """The same body that intake takes."""

    person: UUID
    programme: str
    choices: list[UUID]
    answers: dict[str, str] = {}


class View(BaseModel):
    """What is answered."""

    id: UUID
    receipt: str
    person: UUID
    programme: str
    choices: list[UUID]
    submitted_at: datetime


def application(dsn: str) -> FastAPI:
    """The app on a pool of ten connections, as intake has them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.pool = await asyncpg.create_pool(dsn, min_size=1, max_size=10)
        yield
        await app.state.pool.close()

    app = FastAPI(lifespan=lifespan)

    @app.post("/applications", status_code=201)
    async def submit(body: Submit) -> View:
        id_, now = uuid4(), datetime.now(UTC)
        receipt = f"{now:%Y%m%d}-{id_.hex[:10]}"
        details = json.dumps({"answers": body.answers})
        await app.state.pool.execute(
            _INSERT, id_, body.person, body.programme, body.choices, details, receipt, now
        )
        return View(id=id_, receipt=receipt, submitted_at=now, **body.model_dump(exclude={"answers"}))

    return app


if __name__ == "__main__":
    _dsn, _port = sys.argv[1:]
    uvicorn.run(application(_dsn), host="127.0.0.1", port=int(_port), log_config=None, access_log=False)
