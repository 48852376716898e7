"""A large file of applications through intake: each row is a person who is new, and an application.

`python -m tests.bench.imports 100000 xlsx`, on a Postgres of its own, without Kafka. CPU time is that of
this process, which reads, seals and writes; Postgres's comes on top of it.
"""

from __future__ import annotations

import asyncio
import csv
import io
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from services.intake.tests.world import PROGRAMME, World, make_database, world

from ieum.common.kernel.workbook import Workbook
from ieum.common.testing.servers import postgres_server
from ieum.intake.imports.domain import COLUMNS

_FAMILY, _GIVEN = "김이박최정강조윤장임한오서신권황안송류홍", "서연민준지우하은도윤예준수아지호현우시온유"


def rows(count: int) -> Iterator[list[str]]:
    """Invented people, each with a phone of their own."""
    for number in range(count):
        name = "".join(
            (
                _FAMILY[number % len(_FAMILY)],
                _GIVEN[number // 20 % len(_GIVEN)],
                _GIVEN[number // 440 % len(_GIVEN)],
            )
        )
        born = f"{1990 + number % 12}.{1 + number % 12}.{1 + number % 28}"
        phone, mail = f"010{number:08d}", f"bench-{number}@mail.ieum.test"
        yield [name, born, phone, mail, "달서구", "", "미취업", "엑셀, 파이썬", "정보통신", "월 오전",
               "Y22-001", "Y22-002", "", "", "", "합성자료"]  # fmt: skip


def file(count: int, form: str) -> bytes:
    """The file as an agency sends it."""
    if form == "xlsx":
        book = Workbook("신청", COLUMNS)
        book.add(rows(count))
        return book.finish()
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([COLUMNS, *rows(count)])
    return text.getvalue().encode("cp949")


async def load(intake: World, count: int, form: str) -> dict[str, Any]:
    """Upload, then look at the progress after each chunk; gives what it took, in seconds."""
    await intake.market("Y22-001", "Y22-002")
    raw = file(count, form)
    begun, cpu = time.perf_counter(), time.process_time()
    sent = await intake.upload("applications", raw, {"programme": PROGRAMME})
    assert sent.status_code == 202, sent.text
    uploaded = time.perf_counter() - begun
    await intake.take()
    took, used = time.perf_counter() - begun, time.process_time() - cpu
    report = (await intake.get(f"imports/{sent.json()['id']}")).json()
    assert (report["state"], report["added"]) == ("done", count), report
    found = {"rows": count, "form": form, "megabytes": round(len(raw) / 1e6, 1), "upload": round(uploaded, 1)}
    return found | {"all": round(took, 1), "cpu": round(used, 1), "rows_per_second": round(count / took)}


async def main(count: int, form: str) -> None:
    """Measure once."""
    structlog.configure(
        processors=[structlog.processors.KeyValueRenderer()], logger_factory=lambda *_: _Quiet()
    )
    with postgres_server() as server, tempfile.TemporaryDirectory() as folder:
        secrets, prefix = Path(folder) / "secrets", f"b{uuid4().hex[:8]}"
        await make_database(server.dsn, secrets, prefix)
        async with world(server.dsn, secrets, prefix) as intake:
            print(await load(intake, count, form))


class _Quiet:
    def __getattr__(self, _: str) -> Any:
        return lambda *_, **__: None


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "csv"))
