"""What is asked of many at once reads their rows alone, also if it was planned while the table was empty."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.people import keys, store

from .world import World

pytestmark = pytest.mark.servers
SERVICE = Actor("service", "intake/plans")
PEOPLE = 20_000
_GROW = """insert into person (id, district, life_stage, language, agency, registered_at)
select gen_random_uuid(), '27290', 'working', 'ko', 'daegu-youth-centre', '2022-02-15'
from generate_series(1, $1)"""
_GROW_KEYS = """insert into person_key (kid, person, record_class, wrapped)
select id || '/contact/1', id, 'contact', '\\x00' from person"""
_NAME = "select name from pg_prepared_statements where statement = $1"


async def test_locking_and_keys_of_five_hundred_read_no_whole_table(intake: World) -> None:
    """The statements are prepared and planned on empty tables, as in a new city; then the city grows."""
    some, classes = [uuid4() for _ in range(500)], ["contact"] * 500
    asked: dict[str, tuple[object, ...]] = {store._LOCK_ALL_ACTING: (some,), keys._PRESENT: (some, classes)}
    database = intake.service.database
    async with database.unit_of_work(SERVICE, purposes.INTAKE) as tx:
        for _ in range(8):  # Postgres keeps a plan from the sixth time on
            for statement, values in asked.items():
                await tx.fetch(statement, *values)
        await intake.fetch(_GROW, PEOPLE)
        await intake.fetch(_GROW_KEYS)
        await intake.fetch("analyze person")  # as autovacuum does; it makes Postgres plan anew
        await intake.fetch("analyze person_key")
        for statement, values in asked.items():
            name = await tx.fetchval(_NAME, statement)
            parts = ["{" + ",".join(map(str, one)) + "}" for one in values]  # type: ignore[call-overload]
            arguments = ", ".join(f"'{one}'" for one in parts)
            plan = "\n".join(row[0] for row in await tx.fetch(f"explain execute {name}({arguments})"))
            assert "Seq Scan" not in plan, plan
