"""SQL migrations in dbmate's file format, forward only, each in its own transaction.

A migration that has run must not change: its checksum is kept and compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Terminal

if TYPE_CHECKING:
    from asyncpg import Connection, Record

COMMON = Path(__file__).parents[4] / "migrations"
_LOCK = 0x1E07
_LEDGER = """create table if not exists schema_migration (
  version text primary key, checksum text not null, applied_at timestamptz not null default now())"""


def up_part(text: str) -> str:
    """What stands between `-- migrate:up` and `-- migrate:down` (dbmate's markers)."""
    return text.partition("-- migrate:up")[2].partition("-- migrate:down")[0]


def files(folders: Sequence[Path]) -> list[tuple[str, Path]]:
    """Versions `<folder's owner>/<file>` in the order in which they run."""
    return [
        (f"{folder.parent.name}/{file.stem}", file)
        for folder in folders
        for file in sorted(folder.glob("*.sql"))
    ]


async def pending(connection: Connection[Record], folders: Sequence[Path]) -> list[str]:
    """The versions that have not run; raises Terminal if one that has run was changed."""
    if not await connection.fetchval("select to_regclass('schema_migration') is not null"):
        return [version for version, _ in files(folders)]
    done = {
        row["version"]: row["checksum"]
        for row in await connection.fetch("select version, checksum from schema_migration")
    }
    for version, file in files(folders):
        if version in done and done[version] != _checksum(file):
            raise Terminal(f"migration {version} was changed after it ran")
    return [version for version, _ in files(folders) if version not in done]


async def migrate(connection: Connection[Record], folders: Sequence[Path]) -> list[str]:
    """Run what has not run yet, under an advisory lock; returns the versions that ran."""
    await connection.execute("select pg_advisory_lock($1)", _LOCK)
    try:
        await connection.execute(_LEDGER)
        due = set(await pending(connection, folders))
        for version, file in files(folders):
            if version in due:
                await _apply(connection, version, file)
        return sorted(due)
    finally:
        await connection.execute("select pg_advisory_unlock($1)", _LOCK)


async def _apply(connection: Connection[Record], version: str, file: Path) -> None:
    async with connection.transaction():
        await connection.execute(up_part(file.read_text(encoding="utf-8")))
        await connection.execute(
            "insert into schema_migration (version, checksum) values ($1, $2)", version, _checksum(file)
        )


def _checksum(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
