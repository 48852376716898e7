"""Search among 200,000 people by phone, birth date and name: `python -m tests.bench.people [--people N]`.

Names are drawn as Koreans are called: a fifth are Kims, so the commonest pairs are in every fourth name.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from ieum.common.local.secrets import ensure_secrets
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.privacy.search import SearchKey
from ieum.common.service import prepare
from ieum.common.testing.servers import postgres_server
from ieum.intake.app import build
from ieum.intake.people import actions, domain
from ieum.intake.people.actions import Desk
from ieum.intake.settings import IntakeSettings

AIM_MS = 50.0
ROUNDS = 30
STAFF = Actor("staff", "bench", "daegu-youth-centre", frozenset({"staff"}))
AT = datetime(2026, 11, 22, tzinfo=UTC)
FAMILY = "김" * 21 + "이" * 15 + "박" * 8 + "최" * 5 + "정" * 5 + "강조윤장임" * 2 + "한오서신권황안송류홍"
FIRST = "민서지현수영은정재성동준하예도윤채유진경미상태승혜"
SECOND = "준서연우현민지호원영은진희수아윤빈정훈석철경미나"


def person(draw: Random, n: int) -> tuple[str, str, date]:
    """A name, a phone in E.164 and a birth date."""
    name = draw.choice(FAMILY) + draw.choice(FIRST) + draw.choice(SECOND)
    return name, f"+8210{n:08d}", date(1940, 1, 1) + timedelta(days=draw.randrange(26_000))


async def fill(admin: asyncpg.Connection[Any], search: SearchKey, people: int) -> None:
    """Rows with their hashes alone: what is sealed plays no part in finding."""
    draw, rows, pairs, parts = Random(7), [], [], []
    for n in range(people):
        name, phone, born = person(draw, n)
        id_ = UUID(int=n + 1)
        phone_hash, birth_hash = domain.phone_hash(search, phone), domain.birth_hash(search, born)
        rows.append((id_, "27290", "youth", "ko", "a", phone_hash, birth_hash, AT))
        pairs += [(pair, id_) for pair in domain.name_pairs(search, name)]
        parts += [(part, id_) for part in domain.name_parts(search, name)]
    columns = (
        "id",
        "district",
        "life_stage",
        "language",
        "agency",
        "phone_hash",
        "birth_hash",
        "registered_at",
    )
    await admin.copy_records_to_table("person", records=rows, columns=columns)
    await admin.copy_records_to_table("person_name_pair", records=pairs, columns=("pair", "person"))
    await admin.copy_records_to_table("person_name_part", records=parts, columns=("part", "person"))
    await admin.execute("analyze")


async def measure(service: Any, people: int) -> dict[str, tuple[float, float, int]]:
    """Median and worst milliseconds a search takes, and how many the last one found."""
    draw = Random(7)
    known = [person(draw, n) for n in range(people)][:: max(people // ROUNDS, 1)][:ROUNDS]
    asked: dict[str, Any] = {
        "phone": lambda one: {"phone": one[1]},
        "birth date": lambda one: {"birth_date": one[2]},
        "whole name": lambda one: {"name": one[0]},
        "given name": lambda one: {"name": one[0][1:]},
        "start of a name": lambda one: {"name": one[0][:2]},
        "name and birth date": lambda one: {"name": one[0], "birth_date": one[2]},
    }
    figures = {}
    for what, criteria in asked.items():
        times, found = [], []
        for one in known:
            given = {"phone": None, "birth_date": None, "name": None} | criteria(one)
            async with service.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
                began = time.perf_counter()
                found = await actions.find(tx, Desk.of(service), **given)
                times.append((time.perf_counter() - began) * 1000)
        figures[what] = (statistics.median(times), max(times), len(found))
    async with service.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        began = time.perf_counter()
        for n in range(ROUNDS):
            alike = await actions.likely(tx, UUID(int=n + 1))
        mean = (time.perf_counter() - began) * 1000 / ROUNDS
        figures["likely duplicates"] = (mean, mean, len(alike))
    return figures


async def run(people: int) -> bool:
    """Prepare, fill, measure, print; whether the aim is met."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        secrets = Path(folder)
        ensure_secrets(secrets)
        password = (secrets / "postgres_intake").read_text(encoding="ascii")
        await prepare._prepare_database(server.dsn, "intake", password, "bench")
        dsn = prepare.service_dsn(server.dsn, "intake", password, "bench")
        service = build(IntakeSettings(kafka="127.0.0.1:1", database=dsn, secrets=secrets))
        admin = await asyncpg.connect(server.dsn.rpartition("/")[0] + "/bench_intake")
        await fill(admin, service.search, people)
        await admin.close()
        figures = await measure(service, people)
        await service.database.close()
    for what, (median, worst, found) in figures.items():
        print(f"{what:22} median {median:7.2f} ms   worst {worst:7.2f} ms   found {found}")
    return all(median <= AIM_MS for median, _, _ in figures.values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.people", description=__doc__)
    parser.add_argument("--people", type=int, default=200_000)
    sys.exit(0 if asyncio.run(run(parser.parse_args().people)) else 1)
