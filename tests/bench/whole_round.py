"""A whole round of a city: 100,000 applicants, ten choices each, 5,000 openings, on a real Postgres.

Through the routes that an official uses: closed (read and frozen), computed (cleared, verified in a process
of its own, kept with its facts in the outbox), confirmed (proposals, waiting lists, an answer for each).
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
from services.matching.tests import facts
from services.matching.tests.world import World, matching_database, world

from ieum.common.events.programme import Quota, Reserve
from ieum.common.testing.servers import postgres_server

from .report import Figure

APPLICANTS, CHOICES, OPENINGS, PLACES = 100_000, 10, 5_000, 60_000
GROUPS = ("near-poor", "suseong", "youth")


def measure() -> list[Figure]:
    """Seconds from the closing to the stored and verified result; beside it those of the confirmation."""
    with postgres_server() as server, tempfile.TemporaryDirectory() as folder:
        computed, confirmed, told = asyncio.run(_round(server.dsn, Path(folder)))
    sizes = {"applicants": APPLICANTS, "choices": CHOICES, "openings": OPENINGS, "places": PLACES}
    seconds = {"confirmation_s": round(confirmed, 1), "facts_out": told}
    return [Figure("round", computed, sizes | seconds)]


async def _round(dsn: str, secrets: Path) -> tuple[float, float, int]:
    async with matching_database(dsn, secrets) as place, world(place) as matching:
        await _fill(matching)
        made = await matching.post("/rounds", "official", {"programme": facts.PROGRAMME})
        id_, begun = made.json()["id"], time.perf_counter()
        for step in ("closing", "computation"):
            began = time.perf_counter()
            answer = await matching.post(f"/rounds/{id_}/{step}", "official")
            assert answer.status_code == 200, answer.text
            print(f"  {step} {time.perf_counter() - began:.1f} s", flush=True)
        computed = time.perf_counter() - begun
        began = time.perf_counter()
        answer = await matching.post(f"/rounds/{id_}/confirmation", "official")
        assert answer.status_code == 200, answer.text
        confirmed = time.perf_counter() - began
        [told] = await matching.fetch("select count(*) from outbox")
        return computed, confirmed, int(told[0])


async def _fill(matching: World) -> None:
    """The market as intake's facts would have left it, written at once."""
    chance = Random(5)
    rules: dict[str, Any] = {
        "ties": ("near-poor",),
        "reserves": (Reserve(group="near-poor", places=1),),
        "quotas": (Quota(group="suseong", at_most=8),),
    }
    await matching.apply(facts.programme(**rules), facts.firm("o"))
    people = [facts.uid(f"p{number}") for number in range(APPLICANTS)]
    openings = [facts.uid(f"o{number}") for number in range(OPENINGS)]
    sealed = []
    for person in people:
        profile = facts.profile(groups=[group for group in GROUPS if chance.random() < 0.2])
        sealed.append(matching.keys.seal(person, profile).model_dump_json())
    admin = await asyncpg.connect(matching.admin_dsn)
    await admin.execute(
        "insert into person (id, district, sealed, sequence) select id, '27110', sealed::jsonb, 1"
        " from unnest($1::uuid[], $2::text[]) as new (id, sealed)", people, sealed,
    )  # fmt: skip
    await admin.execute(
        "insert into opening (id, programme, organisation, code, title, capacity, district, field,"
        " skills, sequence) select id, $2, $3, 'c', '일경험', $4, '27110', '디자인', '{}', 1"
        " from unnest($1::uuid[]) id",
        openings, facts.PROGRAMME, facts.uid("firm o"), PLACES // OPENINGS,
    )  # fmt: skip
    rows = [
        (facts.uid(f"a{number}"), person, chance.sample(openings, CHOICES),
         [chance.randrange(0, 1001, 25) for _ in range(CHOICES)])
        for number, person in enumerate(people)
    ]  # fmt: skip
    await admin.executemany(
        "insert into application (id, person, programme, programme_version, choices, submitted_at, state,"
        " sequence, scores) values ($1, $2, $5, 1, $3, $6, 'ranked', 1, $4)",
        [(*row, facts.PROGRAMME, facts.AT) for row in rows],
    )
    await admin.execute("analyze")
    await admin.close()
