"""Taking in applications over HTTP beside bare inserts of the same rows, in turn, on the same server."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from uuid import uuid4

import httpx
from tests.chaos.market import AGENCY, open_market

from ieum.common.testing.platform import Platform
from ieum.common.testing.servers import kafka_server, postgres_server

from . import bare, load
from .latency import Sender
from .report import Figure

PREFIX = "post"
PEOPLE = 500
A_TURN = 1_000
LINES = 1_000
ALONE = 100
PATH = "/intake/applications"


def measure(rounds: int) -> list[Figure]:
    """`POST` of an application, alone and by the thousand, with all that it promises, beside the peers."""
    with (
        tempfile.TemporaryDirectory(prefix="ieum-bench-") as folder,
        kafka_server() as kafka,
        postgres_server() as postgres,
    ):
        platform = Platform(kafka, postgres, Path(folder), prefix=PREFIX)
        try:
            platform.prepare()
            platform.start("intake")  # the others do not run: only taking in is measured
            bodies = iter(list(_bodies(platform, A_TURN * (rounds + 1) + 2 * ALONE)))
            database = asyncio.run(
                bare.make_database(postgres.dsn, platform.home.secrets, f"{PREFIX}_intake")
            )
            with bare.serving(database) as peers:
                return asyncio.run(_rates(platform, peers, bodies, rounds))
        finally:
            platform.close()


async def _rates(platform: Platform, peers: str, bodies: Iterator[bytes], rounds: int) -> list[Figure]:
    ours = platform.url("intake")
    headers = {"Authorization": f"Bearer {platform.token('staff', agency=AGENCY)}"}
    rates: dict[str, list[float]] = {"ours": [], "rows": [], "row": []}
    for _ in range(rounds + 1):
        turn = list(islice(bodies, A_TURN))
        rows, row = (
            requests(peers, path, part, {})
            for path, part in (("/rows", turn[: -A_TURN // 4]), ("/row", turn[-A_TURN // 4 :]))
        )
        rates["rows"].append(await load.rate(peers, rows, status=201))
        rates["row"].append(await load.rate(peers, row, status=201))
        rates["ours"].append(await load.rate(ours, requests(ours, PATH, turn, headers), status=201))
    alone = {
        "ours_alone_ms": await load.latency_ms(
            ours, requests(ours, PATH, islice(bodies, ALONE), headers), status=201
        ),
        "rows_alone_ms": await load.latency_ms(
            peers, requests(peers, "/rows", islice(bodies, ALONE), {}), status=201
        ),
    }
    return [
        _figure("post", rates["ours"], rates["rows"], alone),
        _figure("post-one-row", rates["ours"], rates["row"], {}),
    ]


def _figure(name: str, ours: list[float], peers: list[float], more: Mapping[str, float]) -> Figure:
    """The median of the rounds' ratios, but the first, which warms both up."""
    ratios = [mine / peer for mine, peer in zip(ours[1:], peers[1:], strict=True)]
    parts = {"ours": [round(one) for one in ours[1:]], "peer": [round(one) for one in peers[1:]]}
    more = {key: round(value, 2) for key, value in more.items()}
    return Figure(name, statistics.median(ratios), {**parts, "ratios": [round(r, 3) for r in ratios], **more})


def _bodies(platform: Platform, count: int) -> Iterator[bytes]:
    """Each person applies to each programme once; neighbours are different people."""
    programmes = [open_market(platform, f"bench-{n}") for n in range(-(-count // PEOPLE))]
    people = asyncio.run(_people(platform))
    for one in programmes:
        for person in people:
            yield json.dumps({**one, "person": person, "answers": {"동기": "일을 배우고 싶습니다."}}).encode()


async def _people(platform: Platform) -> list[str]:
    headers = {"Authorization": f"Bearer {platform.token('staff', agency=AGENCY)}"}
    async with httpx.AsyncClient(
        base_url=platform.url("intake"), headers=headers, timeout=30, trust_env=False
    ) as client:
        return await Sender(client, {}).people(PEOPLE)


def requests(
    url: str, path: str, bodies: Iterator[bytes] | list[bytes], headers: Mapping[str, str]
) -> list[bytes]:
    """POSTs of these bodies, each with a key of its own."""
    common = {"Content-Type": "application/json", **headers}
    return [load.request(url, path, body, {**common, "Idempotency-Key": uuid4().hex}) for body in bodies]
