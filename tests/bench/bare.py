"""The peers as a process, on a database of their own with intake's tables and what applications point to."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import asyncpg
import httpx

from ieum.common.local import ports
from ieum.common.service import prepare

START_SECONDS = 20.0
PARENTS = ("person", "programme", "programme_version")


async def make_database(dsn: str, secrets: Path, source: str) -> str:
    """Intake's migrations on a database of its own, with what applications point to copied; its DSN."""
    password = (secrets / "postgres_intake").read_text(encoding="ascii").strip()
    await prepare._prepare_database(dsn, "intake", password, "bare")
    server = dsn.rpartition("/")[0]
    theirs = await asyncpg.connect(f"{server}/{source}")
    bare = await asyncpg.connect(f"{server}/bare_intake")
    for table in PARENTS:
        rows = BytesIO()
        await theirs.copy_from_table(table, output=rows, format="binary")
        rows.seek(0)
        await bare.copy_to_table(table, source=rows, format="binary")
    await bare.execute("analyze")
    await theirs.close()
    await bare.close()
    return f"{server}/bare_intake"


@contextmanager
def serving(database: str) -> Iterator[str]:
    """The peers' process; its address."""
    port = ports.choose()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare_http", database, str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        wait(f"{url}/openapi.json")
        yield url
    finally:
        process.terminate()
        process.wait()


def wait(url: str) -> None:
    """Until it answers 200."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < until, f"{url} does not answer"
        time.sleep(0.05)
