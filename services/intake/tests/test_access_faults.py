"""The probes find what they are for: faults planted in the SQL, in the code, at the door; one at a time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import pytest

from ieum.common.service.settings import REPOSITORY
from ieum.common.web import access
from ieum.common.web.tokens import ROLES
from ieum.intake.people import actions, masking

from .oracle import Town
from .probing import Prober, run
from .test_access_rows import everything, see, wanted
from .town import everybody, make
from .world import World

pytestmark = [pytest.mark.servers, pytest.mark.long, pytest.mark.timeout(900)]

MIGRATION = (REPOSITORY / "services/intake/migrations/0008_entitlement.sql").read_text(encoding="utf-8")
PROBES = 4_000
IN_SQL = (
    ("ieum_serves", "(a.withdrawn_at is null or a.withdrawn_at > lately)", "true"),
    ("ieum_serves", "(f.closed_at is null or f.closed_at > lately)", "true"),
    ("ieum_serves", "f.agency = desk or exists", "true or exists"),
    ("ieum_serves", "in ('accepted', 'served')", "in ('sent', 'received', 'accepted', 'served')"),
    ("ieum_serves", "r.status = 'closed' and r.reason is null", "r.status = 'closed'"),
    ("ieum_serves", "(r.status <> 'closed' or r.changed_at > lately)", "true"),
    ("ieum_serves", "desk in (a.agency, v.agency)", "desk = a.agency"),
    ("ieum_entitled_to", " and c.withdrawn_at is null", ""),
    ("ieum_entitled_to", " and r.until >= today", ""),
    ("ieum_entitled_to", "today between g.since and g.until", "true"),
    ("ieum_entitled_to", "and ieum_serves(g.from_agency, whom)", ""),
    ("ieum_own", "r.ended_at is null and ", ""),
    ("ieum_own", " and r.until >= today", ""),
    (
        "ieum_same",
        "coalesce((select p.merged_into from person p where p.id = ieum_same.person), person)",
        "person",
    ),
    ("ieum_sees", "and (what is null or entitled && array['*', what])", ""),
)
"""Function of the migration, what it says, and what the fault says instead."""


def _function(name: str) -> str:
    found = re.search(rf"create function ({name}\(.*?\n(?:end )?\$\$;)", MIGRATION, re.DOTALL)
    assert found, name
    return f"create or replace function {found[1]}"


@asynccontextmanager
async def _in_sql(intake: World, name: str, said: str, fault: str) -> AsyncIterator[None]:
    text = _function(name)
    assert said in text, (name, said)
    await intake.fetch(text.replace(said, fault))
    try:
        yield
    finally:
        await intake.fetch(text)


async def _whole(*_: Any) -> bool:
    return True


async def _rows_differ(intake: World, town: Town) -> bool:
    """Where the code asks a second time, the rows alone show a fault of the policies."""
    there = await everything(intake)
    for who in everybody(town):
        seen = await see(intake, who)
        if any(seen[name] != rows for name, rows in wanted(town, who, there).items()):
            return True
    return False


async def test_every_planted_fault_is_found(intake: World) -> None:
    town = await make(intake, 20261122, people=60)
    prober, whoever = Prober(intake, town), everybody(town)
    missed = []
    for fault in IN_SQL:
        async with _in_sql(intake, *fault):
            if not await run(prober, whoever, PROBES, 5, first=True) and not await _rows_differ(intake, town):
                missed.append(fault)
    for what, planted in (
        ("a few fields are everything", patch.object(actions, "sees_whole", _whole)),
        ("the name is not masked", patch.object(masking, "mask_name", lambda name: name)),
        ("fields are not left out", patch.object(masking, "limited_contact", lambda contact, _: contact)),
        ("the door lets in any role", patch.object(access, "allowed", lambda *_: (False, ROLES))),
        ("the door lets in the public", patch.object(access, "allowed", lambda *_: (True, ROLES))),
    ):
        with planted:
            if not await run(prober, whoever, PROBES, 5, first=True):
                missed.append((what,))
    assert missed == [], missed
    assert await run(prober, whoever, 500, 5) == [], "all faults are taken out again"
