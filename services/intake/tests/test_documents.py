"""Documents over HTTP on a real Postgres: taken, kept sealed, given out, refused."""

from __future__ import annotations

import asyncio
import os
import sys
import tracemalloc
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image

from ieum.common.events.matching import MatchProposed
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.sealing import CannotOpen
from ieum.intake.applications.consumers import on_matches
from ieum.intake.documents import inspecting, receiving, sealing
from ieum.intake.documents.domain import CHUNK_BYTES, Document
from ieum.intake.documents.inspecting import Inspectors
from ieum.intake.erasures.jobs import destroy_due

from . import files
from .serving import served
from .world import World, problem

pytestmark = pytest.mark.servers

MIB = 1024 * 1024


async def attach(
    intake: World, holder: str, content: Any, name: str, *, asked: str | None = None, **who: Any
) -> httpx.Response:
    headers = intake.headers(**who) | {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Type": "application/octet-stream",
    }
    params = {"holder": holder} | ({"asked": asked} if asked else {})
    return await intake.client.post("/intake/documents", params=params, content=content, headers=headers)


async def applied(intake: World) -> tuple[str, str]:
    await intake.market("Y22-001")
    person = await intake.person()
    return person, (await intake.apply(person, ["Y22-001"])).json()["id"]


async def test_a_file_is_kept_sealed_and_given_out_as_it_was(intake: World) -> None:
    person, holder = await applied(intake)
    content = files.docx(
        files.paragraph("홍길동의 활동 계획"), word__media__noise=os.urandom(3 * CHUNK_BYTES)
    )
    answer = await attach(intake, holder, content, "홍길동 계획서.docx")
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["media"], shown["size_bytes"], shown["name"]) == ("docx", len(content), None)
    id_ = shown["id"]
    assert problem(await intake.get(f"documents/{id_}")) == (422, "reason-missing")
    got = await intake.get(f"documents/{id_}", params={"reason": "서류 심사"})
    assert got.content == content
    assert got.headers["content-disposition"] == (
        f"attachment; filename=\"document.docx\"; filename*=UTF-8''{quote('홍길동 계획서.docx')}"
    )
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-security-policy"].startswith("sandbox")
    assert got.headers["content-type"] == "application/octet-stream"
    [access] = await intake.told("intake-access")
    assert (access["person"], access["reason"], access["objects"]) == (person, "서류 심사", 1)
    told = (await intake.told("intake-applications"))[-1]
    assert {name: value for name, value in told.items() if name != "private"} == {
        "application": holder, "person": person, "programme": "yes-matching-2022", "asked": None,
        "media": "docx", "size_bytes": len(content),
    }  # fmt: skip
    dump = await intake.dump()
    assert [
        clear for clear in ("홍길동", "계획서", content[:60].hex(), content[-60:].hex()) if clear in dump
    ] == []


async def test_names_are_shown_for_a_reason_alone(intake: World) -> None:
    _, holder = await applied(intake)
    await attach(intake, holder, files.xlsx(), "예산.xlsx")
    plain = (await intake.get("documents", params={"holder": holder})).json()
    assert [one["name"] for one in plain["items"]] == [None]
    assert await intake.told("intake-access") == []
    shown = (await intake.get("documents", params={"holder": holder, "reveal": "확인"})).json()
    assert [one["name"] for one in shown["items"]] == ["예산.xlsx"]
    assert [one["reason"] for one in await intake.told("intake-access")] == ["확인"]


async def test_sent_again_under_its_key_a_file_is_kept_once(intake: World) -> None:
    _, holder = await applied(intake)
    first = await attach(intake, holder, files.pdf(), "a.pdf", key="k")
    again = await attach(intake, holder, files.pdf(), "a.pdf", key="k")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await intake.fetch("select 1 from document")) == 1
    other = await attach(intake, holder, files.pdf("other"), "a.pdf", key="k")
    assert problem(other) == (422, "idempotency-key-reused")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"<html><script>alert(1)</script></html>", "plan.pdf", "document-wrong-type"),
        (files.docx(files.paragraph("주민번호 9001", "01-1", "234567")), "plan.docx", "forbidden-number"),
        (files.flat_bomb(), "plan.docx", "document-archive-bomb"),
    ],
)
async def test_a_hostile_file_is_refused_and_leaves_nothing(
    intake: World, content: bytes, name: str, code: str
) -> None:
    _, holder = await applied(intake)
    answer = await attach(intake, holder, content, name)
    assert problem(answer) == (422, code)
    assert "900101" not in answer.text
    for table in ("document", "document_chunk"):
        assert await intake.fetch(f"select 1 from {table}") == []
    assert len(await intake.told("intake-applications")) == 1


async def test_a_photograph_loses_where_and_when_it_was_taken(intake: World) -> None:
    _, holder = await applied(intake)
    sent = files.jpeg((40, 30))
    assert b"Galaxy of Hong" in sent
    id_ = (await attach(intake, holder, sent, "사진.JPG")).json()["id"]
    kept = (await intake.get(f"documents/{id_}", params={"reason": "확인"})).content
    with Image.open(BytesIO(kept)) as picture:
        assert (dict(picture.getexif()), picture.size) == ({}, (30, 40))  # and stands upright
    assert b"Galaxy" not in kept


async def test_a_file_over_the_limit_is_refused_before_it_is_read_to_its_end(intake: World) -> None:
    _, holder = await applied(intake)
    assert problem(await attach(intake, holder, bytes(10 * MIB + 1), "a.pdf"))[0] == 413
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MIB:
            sent += 65_536
            yield b"%PDF-1.7" * 8192

    assert (await attach(intake, holder, endless(), "a.pdf")).status_code == 413
    assert sent < 30 * MIB


async def test_no_more_files_than_the_city_says(intake: World) -> None:
    _, holder = await applied(intake)
    person = (await intake.get(f"applications/{holder}")).json()["person"]
    await intake.fetch(
        """with folder as (insert into document_folder values ($1, $2, 'yes-matching-2022', 1, $1, $3)
          returning id)
        insert into document select gen_random_uuid(), id, $2, null, 'pdf', 1, 1, 'a', 'k',
          jsonb_build_object('alg', 'a', 'kid', 'k', 'context', id, 'ciphertext', 'AAAA'), $3
        from folder, generate_series(1, 10)""",
        UUID(holder), UUID(person), intake.clock.now(),
    )  # fmt: skip
    assert problem(await attach(intake, holder, files.pdf(), "a.pdf")) == (409, "documents-too-many")


async def test_a_connection_cut_in_the_middle_keeps_nothing(intake: World) -> None:
    _, holder = await applied(intake)

    async def half() -> AsyncIterator[bytes]:
        yield files.pdf()[:100]

    headers = intake.headers() | {
        "Content-Disposition": "attachment; filename*=UTF-8''a.pdf",
        "Content-Length": "700",
    }
    answer = await intake.client.post(
        "/intake/documents", params={"holder": holder}, content=half(), headers=headers
    )
    assert problem(answer) == (400, "upload-cut-off")
    assert await intake.fetch("select 1 from document") == []


async def test_a_silent_client_is_given_up_and_holds_no_connection_meanwhile(
    intake: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, holder = await applied(intake)
    monkeypatch.setattr(receiving, "SILENCE_SECONDS_MAX", 0.2)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def silent() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7"
        asked.set()
        await go_on.wait()

    sending = asyncio.create_task(attach(intake, holder, silent(), "a.pdf"))
    await asked.wait()
    open_transactions = (
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'"
    )
    assert (await intake.fetch(open_transactions))[0]["count"] == 0
    done, _ = await asyncio.wait({sending}, timeout=20)
    go_on.set()
    assert done
    assert problem(await sending) == (408, "upload-slow")


async def test_a_client_that_goes_away_in_the_middle_leaves_nothing_and_takes_nobody_along(
    intake: World,
) -> None:
    """On a real socket: half a file is sent, then the connection closes; the next request is served."""
    _, holder = await applied(intake)
    async with served(intake) as process:
        port = process.client.base_url.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = intake.headers() | {
            "Host": "intake", "Content-Length": "100000",
            "Content-Disposition": "attachment; filename*=UTF-8''a.pdf",
        }  # fmt: skip
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        writer.write(f"POST /intake/documents?holder={holder} HTTP/1.1\r\n{lines}\r\n".encode())
        writer.write(b"%PDF-1.7" * 1000)
        await writer.drain()
        writer.close()
        assert await reader.read() == b""
        answer = await process.client.post(
            "/intake/documents",
            params={"holder": holder},
            content=files.pdf(),
            headers=intake.headers() | {"Content-Disposition": "attachment; filename*=UTF-8''b.pdf"},
        )
        assert answer.status_code == 201, answer.text
    assert len(await intake.fetch("select 1 from document")) == 1


async def test_ten_mebibytes_are_held_once(intake: World) -> None:
    """The peak of a whole upload, in this process, by tracemalloc; the client's own chunk is a page."""
    _, holder = await applied(intake)
    big = files.docx(word__media__image1_png=os.urandom(10 * MIB - 8192))

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(big), 65_536):
            yield big[at : at + 65_536]

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    answer = await attach(intake, holder, pieces(), "a.docx")
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert answer.status_code == 201, answer.text
    print(f"peak {peak / MIB:.1f} MiB for {len(big) / MIB:.1f} MiB")
    assert peak < 2 * len(big), f"{peak / MIB:.1f} MiB at most, for a file of {len(big) / MIB:.1f} MiB"


async def test_files_are_taken_away_while_nothing_is_decided(intake: World) -> None:
    person, holder = await applied(intake)
    id_ = (await attach(intake, holder, files.pdf(), "a.pdf")).json()["id"]
    kept = (await attach(intake, holder, files.pdf(), "b.pdf")).json()["id"]
    gone = await intake.client.delete(f"/intake/documents/{id_}", headers=intake.headers())
    assert gone.status_code == 204
    assert problem(await intake.get(f"documents/{id_}", params={"reason": "확인"})) == (
        404,
        "document-unknown",
    )
    told = (await intake.told("intake-applications"))[-1]
    assert (told["application"], "media" in told) == (holder, False)
    proposed = MatchProposed(
        application=UUID(holder), person=UUID(person), programme="yes-matching-2022", opening=uuid4(),
        organisation=uuid4(), rank=1, answer_by=intake.clock.now(),
    )  # fmt: skip
    intake.advance(minutes=1)
    await intake.consume(on_matches, proposed, topic="matching-matches")
    late = await intake.client.delete(f"/intake/documents/{kept}", headers=intake.headers())
    assert problem(late) == (409, "application-decided")
    assert problem(await attach(intake, holder, files.pdf(), "c.pdf")) == (409, "application-decided")


async def test_strangers_see_no_files(intake: World) -> None:
    _, holder = await applied(intake)
    id_ = (await attach(intake, holder, files.pdf(), "a.pdf")).json()["id"]
    other: dict[str, Any] = {"role": "citizen", "subject": "stranger"}
    assert problem(await intake.get(f"documents/{id_}", **other)) == (404, "document-unknown")
    assert problem(await intake.get("documents", params={"holder": holder}, **other)) == (
        404,
        "holder-unknown",
    )
    assert problem(await attach(intake, holder, files.pdf(), "a.pdf", **other)) == (404, "holder-unknown")


async def test_erasure_drops_files_when_their_class_goes(intake: World) -> None:
    person, holder = await applied(intake)
    id_ = (await attach(intake, holder, files.pdf(), "a.pdf")).json()["id"]
    assert (await intake.post(f"people/{person}/erasure")).status_code in (201, 202)
    intake.advance(days=181)
    await destroy_due(intake.service)
    assert await intake.fetch("select 1 from document_chunk") == []
    assert problem(await intake.get(f"documents/{id_}", params={"reason": "확인"})) == (
        404,
        "document-unknown",
    )


async def test_a_chunk_moved_left_out_or_of_another_file_does_not_open() -> None:
    id_, key, content = uuid4(), os.urandom(32), os.urandom(CHUNK_BYTES * 2 + 5)
    sealed = list(sealing.sealed_chunks(content, key, "kid", id_))
    document = Document(
        id=id_, folder=id_, person=id_, asked=None, media="pdf", size_bytes=len(content), chunks=3,
        alg=sealing.ALG, kid="kid", details=None, attached_at=None,  # type: ignore[arg-type]
    )  # fmt: skip
    assert b"".join(sealing.opened_chunks(document, sealed, key)) == content
    foreign = list(sealing.sealed_chunks(content, key, "kid", uuid4()))
    shorter = list(sealing.sealed_chunks(content[: CHUNK_BYTES * 2], key, "kid", id_))
    for wrong in (
        sealed[:2], [*sealed, sealed[2]], [sealed[1], sealed[0], sealed[2]], foreign,
        [*shorter, sealed[2]], [sealed[0], sealed[1], sealed[2][:-1] + b"x"],
    ):  # fmt: skip
        with pytest.raises(CannotOpen):
            b"".join(sealing.opened_chunks(document, wrong, key))


async def test_an_inspector_that_never_answers_is_ended_and_blocks_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inspecting, "ANSWER_SECONDS_MAX", 1.0)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    stuck = Inspectors(command=(sys.executable, "-c", "import time; time.sleep(600)"))
    with pytest.raises(Refusal) as refused:
        await stuck.inspect(bytearray(MIB), "pdf")
    ticking.cancel()
    assert refused.value.code == "document-too-complex"
    assert ticks > 20


@pytest.mark.parametrize("script", ["import os; os.kill(os.getpid(), 9)", "print('{', end='')"])
async def test_an_inspector_that_dies_over_a_file_refuses_that_file(script: str) -> None:
    with pytest.raises(Refusal) as refused:
        await Inspectors(command=(sys.executable, "-c", script)).inspect(bytearray(MIB), "pdf")
    assert refused.value.code == "document-too-complex"


async def test_an_inspector_has_little_memory_no_secret_and_writes_no_file(tmp_path: Path) -> None:
    script = f"""
import os
from ieum.intake.documents.inspector import MEMORY_BYTES_MAX, give_up
give_up()
said = []
try:
    bytearray(MEMORY_BYTES_MAX)
except MemoryError:
    said.append("memory")
try:
    with open({str(tmp_path / "kept")!r}, "wb") as file:
        file.write(b"x")
except OSError:
    said.append("file")
print(said, [name for name in os.environ if name.startswith("IEUM")])
"""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", script), stdout=asyncio.subprocess.PIPE, env={}
    )
    out, _ = await process.communicate()
    assert out.decode().strip() == "['memory', 'file'] []"
