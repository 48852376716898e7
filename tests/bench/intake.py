"""Taking in applications over HTTP beside a bare insert of the same rows, in turn, on the same server."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from tests.chaos.market import AGENCY, open_market

from ieum.common.local import ports
from ieum.common.testing.platform import Platform
from ieum.common.testing.servers import kafka_server, postgres_server

from . import load
from .bare_http import TABLE
from .latency import Sender
from .report import Figure

PREFIX = "post"
PEOPLE = 300
A_TURN = 600
START_SECONDS = 20.0


def measure(rounds: int) -> list[Figure]:
    """`POST` of an application: intake, with all that it promises, beside one bare insert."""
    with (
        tempfile.TemporaryDirectory(prefix="ieum-bench-") as folder,
        kafka_server() as kafka,
        postgres_server() as postgres,
    ):
        platform = Platform(kafka, postgres, Path(folder), prefix=PREFIX)
        try:
            platform.prepare()
            platform.start("intake")  # the others do not run: only taking in is measured
            with _bare(postgres.dsn) as bare:
                return [asyncio.run(_rates(platform, bare, rounds))]
        finally:
            platform.close()


async def _rates(platform: Platform, bare: str, rounds: int) -> Figure:
    token = platform.token("staff", agency=AGENCY)
    programmes = [open_market(platform, f"bench-{n}") for n in range(-(-A_TURN * (rounds + 1) // PEOPLE))]
    ours = platform.url("intake")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=ours, headers=headers, timeout=30, trust_env=False) as client:
        people = await Sender(client, {}).people(PEOPLE)
    bodies = _bodies(programmes, people)
    rates: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(rounds + 1):
        turn = list(islice(bodies, A_TURN))
        rates["bare"].append(await load.rate(bare, _requests(bare, "/applications", turn, {}), status=201))
        asked = _requests(ours, "/intake/applications", turn, headers)
        rates["ours"].append(await load.rate(ours, asked, status=201))
    del rates["ours"][0], rates["bare"][0]  # the first turn warms both up
    ratios = [mine / peer for mine, peer in zip(rates["ours"], rates["bare"], strict=True)]
    parts = {name: [round(rate) for rate in found] for name, found in rates.items()}
    return Figure("post", statistics.median(ratios), {**parts, "ratios": [round(r, 3) for r in ratios]})


def _bodies(programmes: list[dict[str, Any]], people: list[str]) -> Iterator[bytes]:
    """Each person applies to each programme once; neighbours are different people."""
    for one in programmes:
        for person in people:
            yield json.dumps({**one, "person": person, "answers": {"동기": "일을 배우고 싶습니다."}}).encode()


def _requests(url: str, path: str, bodies: list[bytes], headers: Mapping[str, str]) -> list[bytes]:
    common = {"Content-Type": "application/json", **headers}
    return [load.request(url, path, body, {**common, "Idempotency-Key": uuid4().hex}) for body in bodies]


@contextmanager
def _bare(dsn: str) -> Iterator[str]:
    """The peer as a process of its own, on a database of its own; its address."""
    asyncio.run(_make_table(dsn))
    port = ports.choose()
    database = f"{dsn.rpartition('/')[0]}/bare"
    command = [sys.executable, "-m", "tests.bench.bare_http", database, str(port)]
    process = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        yield url
    finally:
        process.terminate()
        process.wait()


async def _make_table(dsn: str) -> None:
    admin = await asyncpg.connect(dsn)
    await admin.execute("create database bare")
    await admin.close()
    connection = await asyncpg.connect(f"{dsn.rpartition('/')[0]}/bare")
    await connection.execute(TABLE)
    await connection.close()


def _wait(url: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(f"{url}/openapi.json", trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
