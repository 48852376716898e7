"""Migrations run once, in order, whoever starts them; one that has run must not change."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from ieum.common.kernel.errors import Terminal
from ieum.common.postgres.migrations import COMMON, migrate, pending, up_part

FIRST = "-- migrate:up\ncreate table one (id int);\n-- migrate:down\ndrop table one;\n"
SECOND = "-- migrate:up\nalter table one add column note text;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "intake" / "migrations"
    made.mkdir(parents=True)
    (made / "0001_one.sql").write_text(FIRST)
    (made / "0002_note.sql").write_text(SECOND)
    return made


def test_only_the_part_that_leads_up_is_run() -> None:
    assert up_part(FIRST).strip() == "create table one (id int);"
    assert up_part(SECOND).strip() == "alter table one add column note text;"


@pytest.mark.servers
async def test_migrations_run_once_and_in_order(empty_dsn: str, folder: Path) -> None:
    connection = await asyncpg.connect(empty_dsn)
    assert await pending(connection, [folder]) == ["intake/0001_one", "intake/0002_note"]
    assert await migrate(connection, [COMMON, folder]) == [
        "common/0001_common",
        "common/0002_idempotency",
        "common/0003_outbox_headers_text",
        "intake/0001_one",
        "intake/0002_note",
    ]
    assert await migrate(connection, [COMMON, folder]) == []
    assert await pending(connection, [COMMON, folder]) == []
    await connection.execute("insert into one values (1, '쪽지')")
    await connection.close()


@pytest.mark.servers
async def test_a_migration_that_was_changed_after_it_ran_is_refused(empty_dsn: str, folder: Path) -> None:
    connection = await asyncpg.connect(empty_dsn)
    await migrate(connection, [folder])
    (folder / "0001_one.sql").write_text(FIRST.replace("id int", "id bigint"))
    (folder / "0003_two.sql").write_text("-- migrate:up\ncreate table two (id int);\n")
    with pytest.raises(Terminal, match="intake/0001_one was changed"):
        await migrate(connection, [folder])
    assert await connection.fetchval("select to_regclass('two')") is None
    await connection.close()


@pytest.mark.servers
async def test_a_migration_that_fails_leaves_nothing_of_itself(empty_dsn: str, folder: Path) -> None:
    (folder / "0003_bad.sql").write_text("-- migrate:up\ncreate table two (id int);\nselect 1 / 0;\n")
    connection = await asyncpg.connect(empty_dsn)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(connection, [folder])
    assert await connection.fetchval("select to_regclass('two')") is None
    assert await pending(connection, [folder]) == ["intake/0003_bad"]
    (folder / "0003_bad.sql").write_text("-- migrate:up\ncreate table two (id int);\n")
    assert await migrate(connection, [folder]) == ["intake/0003_bad"]
    await connection.close()


@pytest.mark.servers
async def test_two_who_begin_at_once_run_each_migration_once(empty_dsn: str, folder: Path) -> None:
    connections = [await asyncpg.connect(empty_dsn) for _ in range(3)]
    ran = await asyncio.gather(*(migrate(connection, [folder]) for connection in connections))
    assert sorted(version for versions in ran for version in versions) == [
        "intake/0001_one", "intake/0002_note",
    ]  # fmt: skip
    for connection in connections:
        await connection.close()
