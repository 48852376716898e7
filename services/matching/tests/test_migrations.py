"""A database with matches in it takes up migration 0006: who had accepted is bound from that day on."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from ieum.common.postgres.migrations import files, up_part
from ieum.common.service.prepare import migration_folders

from .world import matching_database

pytestmark = pytest.mark.servers

MIGRATION = "0006_placement.sql"
_INSERT = """
insert into match (id, application, person, programme, opening, organisation, rank, state, proposed_at,
  answer_by, answered_at)
values (gen_random_uuid(), gen_random_uuid(), $1, $2, gen_random_uuid(), gen_random_uuid(), 1, $3,
  '2026-01-01', '2026-02-01', $4::text::timestamptz)"""


async def test_who_had_accepted_is_bound_since_and_the_first_place_alone_is_exclusive(
    postgres: Any, tmp_path: Path
) -> None:
    """As the owner runs it, under forced row-level security; days are Korean."""
    async with matching_database(postgres.dsn, tmp_path / "secrets") as place:
        admin = await asyncpg.connect(place.admin_dsn)
        owner = await admin.fetchval("select tableowner from pg_tables where tablename = 'match'")
        await admin.execute(f'drop schema public cascade; create schema public authorization "{owner}"')
        a, b = uuid4(), uuid4()
        for _, file in files(migration_folders("matching")):
            if file.name == MIGRATION:
                for row in (
                    (a, "p", "accepted", "2026-01-05 16:00+00"), (a, "q", "accepted", "2026-01-06 00:00+00"),
                    (b, "p", "declined", "2026-01-06 00:00+00"), (b, "q", "proposed", None),
                ):  # fmt: skip
                    await admin.execute(_INSERT, *row)
            async with admin.transaction():
                await admin.execute(f'set local role "{owner}"')
                await admin.execute(up_part(file.read_text(encoding="utf-8")))
            if file.name == MIGRATION:
                break  # what comes later is not of this test
        rows = await admin.fetch(
            "select programme, exclusive, held_from::text from match where state = 'accepted' order by 1"
        )
        assert [tuple(row) for row in rows] == [("p", True, "2026-01-06"), ("q", False, "2026-01-06")]
        forced = await admin.fetchval("select relforcerowsecurity from pg_class where relname = 'match'")
        assert forced
        await admin.close()
