"""`ieum erasure`: whether anything of somebody lies in clear anywhere."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ieum.common.kernel.errors import Refusal
from ieum.common.local import stack
from ieum.common.local.home import Home
from ieum.common.local.names import SERVICES
from ieum.common.local.needles import needles
from ieum.common.local.postgres import PostgresServer
from ieum.common.local.postgres_programs import find_programs
from ieum.common.local.scanning import Places, scan_all

app = App(name="erasure", help="What is left of somebody.")


@app.command
def scan(
    *,
    folder: Annotated[tuple[Path, ...], Parameter(negative="")] = (),
    kafka: str | None = None,
    database: Annotated[tuple[str, ...], Parameter(negative="")] = (),
) -> None:
    """Look for values, one a line on standard input, in files, topics and dumps; exits 1 if any is found.

    They are read from standard input, as a command line is kept and seen by others; what is found is told by
    the number of its line. Without options the local stack is looked through.

    Args:
        folder: a folder of Kafka's or Postgres's data, or of logs; may be given several times.
        kafka: host:port of a broker, whose topics are read.
        database: the DSN of a database as a superuser, which is dumped; may be given several times.
    """
    values = [line.strip() for line in sys.stdin if line.strip()]
    if not values:
        raise Refusal(
            "no-values",
            ko="찾을 값을 표준 입력에 한 줄에 하나씩 적어 주십시오.",
            en="Write what to look for on standard input, one value a line.",
        )
    places = Places(folder, kafka, database) if folder or kafka or database else _local(Home.find())
    found = asyncio.run(scan_all(places, needles(values)))
    for one in found:
        print(f"{one.value + 1}  {one.form:18} {one.place}")
    print(f"{len(found)}곳에서 찾았습니다. Found in {len(found)} places.")
    sys.exit(1 if found else 0)


def _local(home: Home) -> Places:
    """All that the local stack keeps but the mail sink, which stands for the world outside."""
    running = stack.status(home)
    server = PostgresServer(home.postgres)
    data = server.data
    postgres = running["postgres"]
    names = [f"ieum_{name}" for name in SERVICES]
    return Places(
        folders=[home.kafka / "data", home.run, home.postgres, *([data] if data else [])],
        kafka=running["kafka"],
        databases=[postgres.rpartition("/")[0] + f"/{name}" for name in names] if postgres else [],
        pg_dump=find_programs(None).bin / "pg_dump",
    )
