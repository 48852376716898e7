"""Taking in applications over HTTP beside bare inserts of the same rows, in turn, on the same server."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
from tests.chaos.market import AGENCY, open_market

from ieum.common.testing.platform import Platform
from ieum.common.testing.servers import kafka_server, postgres_server

from . import bare, load, sealing
from .latency import Sender
from .report import Figure

PREFIX = "post"
PEOPLE = 500
A_TURN = 1_000
A_ROW_TURN = 500
LINES = 1_000
BULKS = 2
ALONE = 200
MOMENTS = 1_000
LOOKS = 30
PATH = "/intake/applications"
NDJSON = {"Content-Type": "application/x-ndjson"}


def measure(rounds: int) -> list[Figure]:
    """`POST` of applications, alone and by the thousand; what sealing takes; a long timeline."""
    with (
        tempfile.TemporaryDirectory(prefix="ieum-bench-") as folder,
        kafka_server() as kafka,
        postgres_server() as postgres,
    ):
        platform = Platform(kafka, postgres, Path(folder), prefix=PREFIX)
        try:
            platform.prepare()
            platform.start("intake")  # the others do not run: only taking in is measured
            headers = {"Authorization": f"Bearer {platform.token('staff', agency=AGENCY)}"}
            count = (rounds + 1) * (A_TURN + BULKS * LINES) + ALONE + sealing.bodies_needed(rounds)
            people, bodies = _bodies(platform, headers, count)
            database = f"{PREFIX}_intake"
            with bare.serving(
                asyncio.run(bare.make_database(postgres.dsn, platform.home.secrets, database))
            ) as peers:
                figures = asyncio.run(_rates(platform.url("intake"), peers, bodies, headers, rounds))
            dsn = f"{postgres.dsn.rpartition('/')[0]}/{database}"
            figures.append(asyncio.run(_timeline(dsn, platform.url("intake"), headers, people[0])))
            platform.stop("intake")
            return [*figures, sealing.measure(platform, bodies, headers, rounds)]
        finally:
            platform.close()


async def _rates(
    ours: str, peers: str, bodies: Iterator[bytes], headers: Mapping[str, str], rounds: int
) -> list[Figure]:
    rates: dict[str, list[float]] = {name: [] for name in ("row", "rows", "ours", "bulk", "our bulk")}

    async def turn(
        name: str, url: str, path: str, sent: list[bytes], connections: int, more: Mapping[str, str]
    ) -> None:
        posts = load.posts(url, path, sent, more)
        rates[name].append(await load.rate(url, posts, status=201, connections=connections))

    for _ in range(rounds + 1):
        sent = list(islice(bodies, A_TURN))
        await turn("row", peers, "/row", sent[:A_ROW_TURN], load.CONNECTIONS, {})
        await turn("rows", peers, "/rows", sent[A_ROW_TURN:], load.CONNECTIONS, {})
        await turn("ours", ours, PATH, sent, load.CONNECTIONS, headers)
        files = [b"\n".join(islice(bodies, LINES)) for _ in range(BULKS)]
        await turn("bulk", peers, "/bulk", files, 1, NDJSON)
        await turn("our bulk", ours, f"{PATH}/bulk", files, 1, {**headers, **NDJSON})
    alone = load.posts(ours, PATH, islice(bodies, ALONE), headers)
    return [
        _ratio(
            "post", rates["ours"], rates["rows"], {"alone_ms": await load.latency_ms(ours, alone, status=201)}
        ),
        _ratio("post-one-row", rates["ours"], rates["row"], {}),
        _ratio(
            "bulk", [LINES * one for one in rates["our bulk"]], [LINES * one for one in rates["bulk"]], {}
        ),
    ]


def _ratio(name: str, ours: list[float], peers: list[float], more: Mapping[str, float]) -> Figure:
    """The median of the rounds' ratios, without the first, which warms both up."""
    ratios = [mine / peer for mine, peer in zip(ours[1:], peers[1:], strict=True)]
    parts = {"ours": [round(one) for one in ours[1:]], "peer": [round(one) for one in peers[1:]]}
    more = {key: round(value, 2) for key, value in more.items()}
    return Figure(name, statistics.median(ratios), {**parts, "ratios": [round(r, 3) for r in ratios], **more})


async def _timeline(dsn: str, url: str, headers: Mapping[str, str], person: str) -> Figure:
    """The whole request for a person to whom a thousand things happened, all on one page."""
    admin = await asyncpg.connect(dsn)
    applications = await admin.fetch("select id from application where person = $1", UUID(person))
    at = datetime(2026, 11, 22, tzinfo=UTC)
    facts = [
        (uuid4(), applications[n % len(applications)]["id"], "ranked", None, at + timedelta(seconds=n))
        for n in range(MOMENTS)
    ]
    columns = ("event", "application", "status", "opening", "at")
    await admin.copy_records_to_table("application_fact", records=facts, columns=columns)
    await admin.execute("analyze application_fact")
    await admin.close()
    times = []
    async with httpx.AsyncClient(base_url=url, headers=dict(headers), timeout=30, trust_env=False) as client:
        for _ in range(LOOKS):
            began = time.perf_counter()
            answer = await client.get(f"/intake/people/{person}/timeline", params={"limit": MOMENTS})
            times.append((time.perf_counter() - began) * 1000)
            assert len(answer.json()["items"]) == MOMENTS, answer.text[:200]
    return Figure("timeline", statistics.median(times), {"worst_ms": round(max(times), 1)})


def _bodies(platform: Platform, headers: Mapping[str, str], count: int) -> tuple[list[str], Iterator[bytes]]:
    """Who is registered, and applications: each to each programme once; neighbours are different people."""
    programmes = [open_market(platform, f"bench-{n}") for n in range(-(-count // PEOPLE))]
    people = asyncio.run(_people(platform.url("intake"), headers))
    answers = {"동기": "일을 배우고 싶습니다."}
    bodies = (json.dumps({**one, "person": who, "answers": answers}) for one in programmes for who in people)
    return people, (body.encode() for body in bodies)


async def _people(url: str, headers: Mapping[str, str]) -> list[str]:
    async with httpx.AsyncClient(base_url=url, headers=dict(headers), timeout=30, trust_env=False) as client:
        return await Sender(client, {}).people(PEOPLE)
