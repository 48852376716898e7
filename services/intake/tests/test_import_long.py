"""A hundred thousand rows, each a person and an application, by one process beside its Postgres."""

from __future__ import annotations

import pytest
from tests.bench.imports import file

from ieum.intake.imports.jobs import take_next

from .world import PROGRAMME, World

pytestmark = [pytest.mark.servers, pytest.mark.long]

ROWS = 100_000


async def test_100_000_rows_with_progress(intake: World) -> None:
    """The report is read every 20 chunks and only grows; tests.bench.imports measures how long it takes."""
    await intake.market("Y22-001", "Y22-002")
    raw = file(ROWS, "csv")
    sent = await intake.upload("applications", raw, {"programme": PROGRAMME})
    assert sent.status_code == 202, sent.text
    path, seen, chunks = f"imports/{sent.json()['id']}", [0], 0
    while await take_next(intake.service):
        chunks += 1
        if chunks % 20 == 0:
            seen.append((await intake.get(path)).json()["done"])
    report = (await intake.get(path)).json()
    assert (report["state"], report["added"], report["refused"]) == ("done", ROWS, 0)
    assert seen == [10_000 * step for step in range(len(seen))]
    assert len(seen) == 11
