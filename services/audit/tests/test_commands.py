"""`ieum audit` against a log served over real HTTP: it says what is so, and exits accordingly."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from structlog.testing import capture_logs

from ieum.audit import commands
from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from .world import Log

pytestmark = pytest.mark.servers


@pytest.fixture
async def url(log: Log) -> AsyncIterator[str]:
    """The prefix of a log of three leaves, signed, on a port of its own."""
    await log.append(*(log.record(partition=n) for n in range(3)))
    await log.sign()
    transport = log.client._transport
    assert isinstance(transport, httpx.ASGITransport)
    config = uvicorn.Config(transport.app, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with capture_logs():  # the server's log lines are not what the command says
        running = asyncio.create_task(server.serve())
        async with asyncio.timeout(10):
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/audit/log"
        server.should_exit = True
        await running


async def run(command: Callable[..., None], *arguments: Any, **options: Any) -> int:
    """Run a command beside the server; its exit code."""
    with pytest.raises(SystemExit) as left:
        await asyncio.to_thread(command, *arguments, **options)
    return int(left.value.code or 0)


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


async def test_a_whole_log_is_told_in_both_languages(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(commands.verify, url=url) == 0
    told = capsys.readouterr().out
    assert told.startswith("ieum.kr/daegu\n3\n")
    assert "로그가 온전합니다: 잎 3개." in told
    assert "The log is whole: 3 leaves." in told
    assert "The key was told by the log itself" in told


async def test_a_trusted_key_and_an_older_checkpoint_are_used(
    url: str, log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    since = written(tmp_path / "old", (await log.get("checkpoint")).text)
    await log.append(log.record())
    await log.sign()
    key = written(tmp_path / "vkey", log.signer.verifier.vkey + "\n")
    assert await run(commands.verify, url=url, vkey=key, since=since, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["size"], found["leaves"], found["problems"]) == (True, 4, 4, [])
    assert found["partitions"][0] == {
        "topic": "intake-people", "partition": 0, "leaves": 2, "repeats": 0, "expected": 2,
    }  # fmt: skip


async def test_tampering_in_the_database_is_told_and_exits_1(
    url: str, log: Log, postgres: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even who owns the database cannot change a leaf unseen: here the superuser, past every guard."""
    import asyncpg

    name = log.service.settings.database.rpartition("/")[2]
    admin = await asyncpg.connect(postgres.dsn.rpartition("/")[0] + f"/{name}")
    await admin.execute("alter table ledger_leaf disable trigger all")
    await admin.execute("update ledger_leaf set leaf = set_byte(leaf, 1, 1) where leaf_index = 1")
    await admin.close()
    assert await run(commands.verify, url=url) == 1
    told = capsys.readouterr().out
    assert "✗ 잎으로 다시 계산한 루트가 서명된 루트와 다릅니다." in told
    assert "tile/0/000.p/3 does not hold the hash of the leaves from 1 on." in told
    assert "The log is whole" not in told
    assert await run(commands.verify, url=url, as_json=True) == 1
    assert not json.loads(capsys.readouterr().out)["ok"]


async def test_a_key_that_is_not_the_logs_is_a_finding(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert await run(commands.verify, url=url, vkey=written(tmp_path / "vkey", foreign)) == 1
    assert "✗ 체크포인트의 서명을 확인할 수 없습니다." in capsys.readouterr().out


async def test_what_cannot_be_read_is_refused(url: str, tmp_path: Path) -> None:
    for options, code in (
        ({"url": "http://127.0.0.1:9/audit/log"}, "log-unreachable"),
        ({"url": url, "vkey": tmp_path / "nothing"}, "key-unreadable"),
        ({"url": url, "since": written(tmp_path / "bad", "nonsense")}, "checkpoint-unreadable"),
        ({"url": url.removesuffix("/log")}, "key-unreadable"),
    ):
        with pytest.raises(Refusal) as refused:
            await asyncio.to_thread(commands.verify, **options)
        assert refused.value.code == code


async def test_a_proof_is_fetched_checked_and_shown(
    url: str, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    record = log.record(value='{"programme": "예스매칭"}'.encode())
    await log.append(record)
    await log.sign()
    event = UUID(dict(record.headers)["ce_id"].decode())
    token = log.headers("auditor")["Authorization"].removeprefix("Bearer ")
    assert await run(commands.proof, event, url=url, token=token) == 0
    told = capsys.readouterr().out
    assert '{"programme": "예스매칭"}' in told
    assert "✓ 이 이벤트는 로그에 있습니다." in told
    assert await run(commands.proof, event, url=url, token=token, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["event_id"] == str(event)


async def test_a_proof_needs_a_role_and_an_event(url: str, log: Log) -> None:
    token = log.headers("auditor")["Authorization"].removeprefix("Bearer ")
    for options, code in (
        ({"token": None}, "log-refused"),
        ({"token": token}, "not-in-the-log"),
    ):
        with pytest.raises(Refusal) as refused:
            await asyncio.to_thread(commands.proof, uuid4(), url=url, **options)
        assert refused.value.code == code
