"""The Idempotency-Key protocol over HTTP on a real Postgres."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import APIRouter, Request

from ieum.common.events.registry import Registry
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.postgres import Actor, Database
from ieum.common.postgres.migrations import COMMON, migrate
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import NoKeys
from ieum.common.privacy.search import SearchKey
from ieum.common.web import PUBLIC, Body, Principal, application, create, delete_expired, requires
from ieum.common.web.idempotency import attempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SECRET = bytes(32)


class NewThing(Body):
    name: str


@dataclass
class Behaviour:
    """What making a thing does after its row is written: fail, or wait until it is let go."""

    failure: Exception | None = None
    let_go: asyncio.Event | None = None
    written: asyncio.Event = field(default_factory=asyncio.Event)


def thing_routes(behaviour: Behaviour) -> APIRouter:
    router = APIRouter()

    async def make(tx, name: str) -> UUID:
        made = new_id(tx.now)
        await tx.execute("insert into thing values ($1, $2)", made, name)
        behaviour.written.set()
        if behaviour.let_go:
            await behaviour.let_go.wait()
        if behaviour.failure:
            raise behaviour.failure
        return made

    async def view(tx, thing: UUID) -> dict[str, str]:
        name = await tx.fetchval("select name from thing where id = $1", thing)
        return {"id": str(thing), "name": name}

    @router.post("/things", status_code=201)
    @router.post("/others", status_code=202)
    async def make_thing(
        request: Request, body: NewThing, principal: Annotated[Principal, requires("staff")]
    ) -> dict[str, str]:
        return await create(
            request, principal, body, purposes.INTAKE, do=lambda tx: make(tx, body.name), show=view
        )

    @router.post("/rings", status_code=201, openapi_extra=PUBLIC)
    async def call(
        request: Request,
        body: NewThing,
        principal: Annotated[Principal | None, requires("staff", public=True)],
    ) -> dict[str, str]:
        return await create(
            request, principal, body, purposes.INTAKE, do=lambda tx: make(tx, body.name), show=view
        )

    return router


@dataclass
class Shop:
    client: httpx.AsyncClient
    database: Database
    keys: object
    behaviour: Behaviour

    async def post(self, key: str | None, name: str = "desk", *, subject: str = "kim", path: str = "things"):
        headers = self.keys.headers("staff", subject=subject) | ({"Idempotency-Key": key} if key else {})
        return await self.client.post(f"/intake/{path}", json={"name": name}, headers=headers)

    def unit(self):
        return self.database.unit_of_work(Actor("service", "test"), purposes.OPERATION)

    async def value(self, sql: str):
        async with self.unit() as tx:
            return await tx.fetchval(sql)


@pytest.fixture
async def database(postgres, clock) -> AsyncIterator[Database]:
    name = f"web_{uuid4().hex}"
    administrator = await asyncpg.connect(postgres.dsn)
    await administrator.execute(f"create database {name}")
    opened = await asyncpg.connect(postgres.dsn, database=name)
    await migrate(opened, [COMMON])
    await opened.execute("create table thing (id uuid primary key, name text not null)")
    await opened.close()
    dsn = postgres.dsn.rpartition("/")[0] + f"/{name}"
    database = Database(
        dsn,
        service="intake",
        source="/ieum/daegu/intake",
        clock=clock,
        registry=Registry.load(),
        keys=NoKeys(),
    )
    yield database
    await database.close()
    await administrator.execute(f"drop database {name} with (force)")
    await administrator.close()


@pytest.fixture
async def shop(database, keys, health, secrets, clock) -> AsyncIterator[Shop]:
    behaviour = Behaviour()
    routers = [thing_routes(behaviour)]
    app = application("intake", version="0.1.0", health=health, secrets=secrets, routers=routers, clock=clock)
    app.state.service = SimpleNamespace(database=database, search=SearchKey(bytes(32)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake.test") as client:
        yield Shop(client, database, keys, behaviour)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


@pytest.mark.servers
async def test_repeated_it_answers_the_same_status_and_the_present_representation(shop):
    first = await shop.post("k1")
    async with shop.unit() as tx:
        await tx.execute("update thing set name = 'table'")
    again = await shop.post("k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == {"id": first.json()["id"], "name": "table"}
    assert await shop.value("select count(*) from thing") == 1


@pytest.mark.servers
async def test_the_first_status_is_answered_even_when_the_route_declares_another_by_now(shop):
    await shop.post("k1")
    async with shop.unit() as tx:
        await tx.execute("update idempotency set status = 200")
    assert (await shop.post("k1")).status_code == 200


@pytest.mark.servers
async def test_another_body_under_the_same_key_is_422(shop):
    await shop.post("k1", "desk")
    assert code(await shop.post("k1", "chair")) == (422, "idempotency-key-reused")
    assert await shop.value("select array_agg(name) from thing") == ["desk"]


@pytest.mark.servers
async def test_while_the_first_runs_a_second_is_409_and_a_third_finds_it_done(shop):
    shop.behaviour.let_go = asyncio.Event()
    first = asyncio.create_task(shop.post("k1"))
    async with asyncio.timeout(10):
        await shop.behaviour.written.wait()
    assert code(await shop.post("k1")) == (409, "idempotency-key-in-use")
    shop.behaviour.let_go.set()
    made = await first
    assert made.status_code == 201
    assert (await shop.post("k1")).json() == made.json()
    assert await shop.value("select count(*) from thing") == 1


@pytest.mark.servers
async def test_of_many_at_once_exactly_one_makes_it(shop):
    answers = await asyncio.gather(*(shop.post("k1") for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert await shop.value("select count(*) from thing") == 1


@pytest.mark.servers
@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (RuntimeError("broken"), 500),
        (ConnectionResetError("away"), 503),
        (Refusal("closed", ko="마감되었습니다.", en="It is closed."), 422),
    ],
)
async def test_a_failure_or_refusal_is_not_kept(shop, failure, status):
    shop.behaviour.failure = failure
    assert (await shop.post("k1")).status_code == status
    assert await shop.value("select count(*) from thing") == 0
    assert await shop.value("select count(*) from idempotency") == 0
    shop.behaviour.failure = None
    assert (await shop.post("k1", "chair")).status_code == 201


@pytest.mark.servers
async def test_a_key_belongs_to_its_principal_and_route(shop):
    answers = [
        await shop.post("k1"),
        await shop.post("k1", subject="lee"),
        await shop.post("k1", path="others"),
        await shop.post("k2"),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 202, 201]
    assert len({answer.json()["id"] for answer in answers}) == 4


@pytest.mark.servers
async def test_a_key_is_kept_for_24_hours(shop, clock):
    first = (await shop.post("k1")).json()["id"]
    clock.advance(timedelta(hours=7))
    assert (await shop.post("k1")).json()["id"] == first
    async with shop.unit() as tx:
        await tx.execute("update idempotency set created_at = $1", clock.now() - timedelta(hours=24))
    later = await shop.post("k1", "chair")
    assert (later.status_code, later.json()["name"]) == (201, "chair")
    assert await shop.value("select count(*) from idempotency") == 1


@pytest.mark.servers
async def test_expired_rows_are_deleted_by_the_job_and_no_others(shop, clock):
    await shop.post("k1")
    clock.advance(timedelta(hours=1))
    await shop.post("k2")
    clock.advance(timedelta(hours=23))
    async with shop.unit() as tx:
        await delete_expired(tx)
    assert await shop.value("select count(*) from idempotency") == 1


@pytest.mark.servers
async def test_the_row_holds_neither_key_nor_body(shop):
    await shop.post("key-of-kim", "desk of Kim")
    row = await shop.value("select to_jsonb(idempotency)::text from idempotency")
    for told in ("kim", "Kim", "desk", "key", b"key-of-kim".hex(), b"desk".hex()):
        assert told not in row.replace("idempotency", "")


@pytest.mark.servers
async def test_without_a_key_nothing_is_made(shop):
    assert code(await shop.post(None)) == (400, "idempotency-key-missing")
    assert code(await shop.post("two words")) == (400, "idempotency-key-malformed")
    assert await shop.value("select count(*) from thing") == 0


@pytest.mark.parametrize("key", ["", " ", "a b", "a" * 201, "키", "a\n", "a\x7f"])
def test_a_malformed_key_is_refused(key):
    with pytest.raises(Refusal) as caught:
        attempt(SECRET, principal="kim", route="POST /x", key=key, body=b"")
    assert (caught.value.status, caught.value.code) == (400, "idempotency-key-malformed")


def test_what_runs_together_is_told_apart():
    one = attempt(SECRET, principal="ab", route="c", key="d", body=b"")
    assert one.scope != attempt(SECRET, principal="a", route="bc", key="d", body=b"").scope
    assert one.scope != attempt(SECRET, principal="ab", route="cd", key="d", body=b"").scope
    assert one.scope != attempt(b"x" * 32, principal="ab", route="c", key="d", body=b"").scope


@pytest.mark.servers
async def test_whoever_did_not_sign_in_creates_once_under_a_uuid_alone(shop):
    """The public shares one scope, so a key must be unguessable; a signed-in caller's scope is another."""

    async def call(key: str, **headers: str) -> httpx.Response:
        sent = {"Idempotency-Key": key, **headers}
        return await shop.client.post("/intake/rings", json={"name": "desk"}, headers=sent)

    key = str(uuid4())
    assert code(await call("k1")) == (400, "idempotency-key-malformed")
    first, again = await call(key), await call(key)
    assert (first.status_code, again.json()) == (201, first.json())
    signed_in = await call(key, **shop.keys.headers("staff"))
    assert signed_in.json()["id"] != first.json()["id"]
    assert code(await call(key, Authorization="Bearer nothing")) == (401, "unauthenticated")
    assert code(await call(key, **shop.keys.headers("citizen"))) == (403, "forbidden")
    assert await shop.value("select count(*) from thing") == 2


@pytest.mark.servers
async def test_the_document_says_that_a_public_route_needs_no_sign_in_but_a_uuid(shop):
    schema = (await shop.client.get("/intake/openapi.json")).json()
    public, closed = (schema["paths"][f"/intake/{path}"]["post"] for path in ("rings", "things"))
    assert {} in public["security"]
    assert {} not in closed["security"]
    assert [one["schema"].get("format") for one in public["parameters"]] == ["uuid"]
    assert [one["schema"].get("format") for one in closed["parameters"]] == [None]
