"""One command before the services: databases, roles, migrations, topics. Again it changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from ieum.common.events.registry import Registry
from ieum.common.kafka import topics
from ieum.common.postgres.migrations import migrate
from ieum.common.service.dependencies import migration_folders

if TYPE_CHECKING:
    from asyncpg import Connection, Record

SERVICES = ("intake", "matching", "notify", "audit")


def service_dsn(
    postgres_dsn: str, service: str, password: str, prefix: str = "ieum", *, owner: bool = False
) -> str:
    """The DSN of a service's database as its application role (or as the role that owns its tables)."""
    parts = urlsplit(postgres_dsn)
    user = f"{prefix}_{service}_owner" if owner else f"{prefix}_{service}"
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password)}@{host}", path=f"/{prefix}_{service}"))


async def prepare(*, postgres_dsn: str, kafka: str, secrets: Path, prefix: str = "ieum") -> None:
    """Make what is missing. `secrets` holds `postgres_<service>`; both roles of a service share it."""
    for service in SERVICES:
        password = (secrets / f"postgres_{service}").read_text(encoding="ascii").strip()
        await _prepare_database(postgres_dsn, service, password, prefix)
    await topics.create(kafka, Registry.load())


async def _prepare_database(postgres_dsn: str, service: str, password: str, prefix: str) -> None:
    name = f"{prefix}_{service}"
    admin = await asyncpg.connect(postgres_dsn)
    try:
        for role in (f"{name}_owner", name):
            await _role(admin, role, password)
        if not await admin.fetchval("select true from pg_database where datname = $1", name):
            await admin.execute(f'create database "{name}" owner "{name}_owner"')
        await admin.execute(f'revoke all on database "{name}" from public')
        await admin.execute(f'grant connect on database "{name}" to "{name}"')
        for function in ("pg_control_system()", "pg_control_checkpoint()"):
            await admin.execute(f'grant execute on function {function} to "{name}"')
    finally:
        await admin.close()
    owner = await asyncpg.connect(service_dsn(postgres_dsn, service, password, prefix, owner=True))
    try:
        await _grants(owner, name)
        await migrate(owner, migration_folders(service))
    finally:
        await owner.close()


async def _role(admin: Connection[Record], role: str, password: str) -> None:
    quoted = password.replace("'", "''")
    exists = await admin.fetchval("select true from pg_roles where rolname = $1", role)
    verb = "alter" if exists else "create"
    await admin.execute(
        f"{verb} role \"{role}\" login nosuperuser nocreatedb nocreaterole password '{quoted}'"
    )


async def _grants(owner: Connection[Record], role: str) -> None:
    """The application reads and writes rows; it owns nothing and changes no schema."""
    for statement in (
        f'grant usage on schema public to "{role}"',
        f'alter default privileges grant select, insert, update, delete on tables to "{role}"',
        f'alter default privileges grant usage, select on sequences to "{role}"',
        f'alter default privileges grant execute on functions to "{role}"',
        f'grant select, insert, update, delete on all tables in schema public to "{role}"',
    ):
        await owner.execute(statement)
