"""The role a service works as owns nothing and changes no schema: what `prepare` makes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ieum.common.local.secrets import ensure_secrets
from ieum.common.service.prepare import SERVICES, prepare, service_dsn

pytestmark = pytest.mark.servers

_OWNED = """select relname from pg_class
where relowner = (select oid from pg_roles where rolname = current_user)
union all select datname from pg_database
where datdba = (select oid from pg_roles where rolname = current_user)"""


@pytest.fixture(scope="module")
def dsns(kafka: Any, postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The DSN of each service's application role, prepared twice: the second time changes nothing."""
    secrets: Path = tmp_path_factory.mktemp("roles")
    ensure_secrets(secrets)
    prefix = f"roles{uuid4().hex[:6]}"
    for _ in range(2):
        asyncio.run(prepare(postgres_dsn=postgres.dsn, kafka=kafka.bootstrap, secrets=secrets, prefix=prefix))
    passwords = {name: (secrets / f"postgres_{name}").read_text() for name in SERVICES}
    yield {name: service_dsn(postgres.dsn, name, passwords[name], prefix) for name in SERVICES}
    asyncio.run(_remove(postgres.dsn, prefix))


async def _remove(dsn: str, prefix: str) -> None:
    admin = await asyncpg.connect(dsn)
    for service in SERVICES:
        await admin.execute(f'drop database "{prefix}_{service}" with (force)')
        for role in (f"{prefix}_{service}", f"{prefix}_{service}_owner"):
            await admin.execute(f'drop owned by "{role}"')
            await admin.execute(f'drop role "{role}"')
    await admin.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_the_application_role_owns_nothing_and_passes_no_policy(dsns: Any, service: str) -> None:
    connection = await asyncpg.connect(dsns[service])
    assert await connection.fetch(_OWNED) == []
    role = await connection.fetchrow("select * from pg_roles where rolname = current_user")
    assert not any(role[power] for power in ("rolsuper", "rolcreatedb", "rolcreaterole", "rolbypassrls"))
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement",
    [
        "create table own (id int)",
        "create schema own",
        "alter table outbox disable row level security",
        "drop table outbox",
        "truncate outbox",
        "create or replace function ieum_context() returns boolean language sql as 'select true'",
    ],
)
async def test_the_application_role_changes_no_schema(dsns: Any, service: str, statement: str) -> None:
    connection = await asyncpg.connect(dsns[service])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_the_application_role_does_its_work(dsns: Any, service: str) -> None:
    connection = await asyncpg.connect(dsns[service])
    await connection.execute(
        "insert into consumer_offset (grp, topic, part, cluster) values ('g', 't', 0, 'c')"
    )
    await connection.execute("update consumer_offset set next_offset = 5")
    assert await connection.fetchval("select next_offset from consumer_offset") == 5
    await connection.execute("delete from consumer_offset")
    await connection.close()


async def test_a_service_does_not_reach_anothers_database(dsns: Any) -> None:
    foreign = dsns["notify"].rpartition("/")[0] + "/" + dsns["intake"].rpartition("/")[2]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(foreign)
