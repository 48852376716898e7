"""A database with rows in it takes up a migration: as the owner runs it, under forced row-level security."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest

from ieum.common.postgres.migrations import files, up_part
from ieum.common.service.prepare import migration_folders
from ieum.matching.clearing.canonical import canonical
from ieum.matching.rounds.market import with_seed

from .world import matching_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

pytestmark = pytest.mark.servers

_MATCH = """
insert into match (id, application, person, programme, opening, organisation, rank, state, proposed_at,
  answer_by, answered_at)
values (gen_random_uuid(), gen_random_uuid(), $1, $2, gen_random_uuid(), gen_random_uuid(), 1, $3,
  '2026-01-01', '2026-02-01', $4::text::timestamptz)"""

_ROUND = """
insert into round (id, programme, state, part, commitment, opened_by, opened_at, frozen, seed, market, result)
values (gen_random_uuid(), $1, $1, $2, 'c', 'who', '2026-01-01', $3, $4, $5, $6)"""


@asynccontextmanager
async def migrated(
    dsn: str, secrets: Path, last: str, rows: Callable[[asyncpg.Connection], Awaitable[None]]
) -> AsyncIterator[asyncpg.Connection]:
    """An administrator's connection to a database that got `rows` just before its last migration."""
    async with matching_database(dsn, secrets) as place:
        admin = await asyncpg.connect(place.admin_dsn)
        owner = await admin.fetchval("select tableowner from pg_tables where tablename = 'match'")
        await admin.execute(
            "drop schema if exists rebuild cascade; drop schema public cascade;"
            f'create schema public authorization "{owner}"'
        )
        for _, file in files(migration_folders("matching")):
            if file.name == last:
                await rows(admin)
            async with admin.transaction():
                await admin.execute(f'set local role "{owner}"')
                await admin.execute(up_part(file.read_text(encoding="utf-8")))
            if file.name == last:
                break  # what comes later is not of this test
        yield admin
        unforced = "select count(*) from pg_class where relrowsecurity and not relforcerowsecurity"
        assert not await admin.fetchval(unforced)
        await admin.close()


async def test_who_had_accepted_is_bound_since_and_the_first_place_alone_is_exclusive(
    postgres: Any, tmp_path: Path
) -> None:
    """Days are Korean."""
    a, b = uuid4(), uuid4()

    async def matches(admin: asyncpg.Connection) -> None:
        for row in (
            (a, "p", "accepted", "2026-01-05 16:00+00"), (a, "q", "accepted", "2026-01-06 00:00+00"),
            (b, "p", "declined", "2026-01-06 00:00+00"), (b, "q", "proposed", None),
        ):  # fmt: skip
            await admin.execute(_MATCH, *row)

    async with migrated(postgres.dsn, tmp_path / "secrets", "0006_placement.sql", matches) as admin:
        rows = await admin.fetch(
            "select programme, exclusive, held_from::text from match where state = 'accepted' order by 1"
        )
        assert [tuple(row) for row in rows] == [("p", True, "2026-01-06"), ("q", False, "2026-01-06")]


async def test_a_past_rounds_market_has_the_same_bytes_when_it_is_kept_once(
    postgres: Any, tmp_path: Path
) -> None:
    """Its digest is on the log: one other byte, and nobody could verify the round any more."""
    seed, part = bytes(range(32)), bytes(32)
    document = {"applicants": [], "format": "ieum-market/1", "mechanism": "먼저", "openings": [{"id": '",}'}]}
    frozen, market = canonical(document), canonical(document | {"seed": seed.hex()})

    async def rounds(admin: asyncpg.Connection) -> None:
        await admin.execute(_ROUND, "opened", part, None, None, None, None)
        await admin.execute(_ROUND, "closed", part, frozen, None, None, None)
        await admin.execute(_ROUND, "computed", part, None, seed, market, b"result")

    async with migrated(postgres.dsn, tmp_path / "secrets", "0014_round_market.sql", rounds) as admin:
        found = {row["state"]: row for row in await admin.fetch("select state, frozen, seed from round")}
        assert (found["opened"]["frozen"], found["closed"]["frozen"]) == (None, frozen)
        assert with_seed(found["computed"]["frozen"], found["computed"]["seed"]) == market
