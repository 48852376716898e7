"""The development sink: durable, numbered, faulty on request; and the command that reads it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import aiosmtplib
import pytest

from ieum.notify.commands import app
from ieum.notify.sink.faults import Fault, FaultDice, FaultPlan
from ieum.notify.sink.maildir import Maildir

MAIL = "From: a@ieum.kr\r\nTo: {to}\r\nSubject: {subject}\r\n\r\ntext {subject}\r\n"


def filled(folder: Path, *recipients: str) -> Maildir:
    maildir = Maildir(folder)
    maildir.prepare()
    for recipient in recipients:
        content = f"Delivered-To: {recipient}\r\n" + MAIL.format(to=recipient, subject="hello")
        maildir.add(maildir.next_number(), content.encode())
    return maildir


def test_numbers_go_on_after_a_restart_and_half_written_mail_is_dropped(tmp_path: Path) -> None:
    filled(tmp_path, "a@x.kr", "b@x.kr")
    (tmp_path / "tmp" / "00000003.eml").write_text("half")
    again = filled(tmp_path, "c@x.kr")
    assert [(mail.number, mail.recipients) for mail in again.headers()] == [
        (1, ["a@x.kr"]),
        (2, ["b@x.kr"]),
        (3, ["c@x.kr"]),
    ]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_same_plan_draws_the_same_faults() -> None:
    plan = FaultPlan.parse("seed:7, drop:0.2, lose:0.2, defer:0.2, refuse:0.1, lie:0.1, slow_ms:5")
    assert plan.slow_ms == 5
    one, other = FaultDice(plan), FaultDice(plan)
    drawn = [one.draw() for _ in range(2000)]
    assert drawn == [other.draw() for _ in range(2000)]
    shares = Counter(drawn)
    assert set(shares) == set(Fault)
    assert 300 < shares[Fault.DROP] < 500
    assert 120 < shares[Fault.REFUSE] < 280


@pytest.mark.parametrize("text", ["drop:2", "drop:0.6,lose:0.6", "explode:0.1", "drop"])
def test_a_wrong_plan_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        FaultPlan.parse(text)


def test_mail_is_listed_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(tmp_path, "a@x.kr", "b@x.kr")
    run("list", "--json", "--to", "B@x.kr", "--folder", str(tmp_path))
    [listed] = json.loads(capsys.readouterr().out)
    assert (listed["number"], listed["to"], listed["subject"]) == (2, ["b@x.kr"], "hello")
    run("show", "2", "--folder", str(tmp_path))
    assert "text hello" in capsys.readouterr().out
    run("--json", "--folder", str(tmp_path))
    assert [mail["number"] for mail in json.loads(capsys.readouterr().out)] == [1, 2], "`ieum mail` lists"
    with pytest.raises(SystemExit, match="no mail 9"):
        run("show", "9", "--folder", str(tmp_path))


def run(*words: str) -> None:
    app(words, exit_on_error=False, result_action="return_value")


async def test_what_was_answered_250_survives_a_kill(tmp_path: Path) -> None:
    """A process of its own is killed as soon as it answered: all it answered for is there."""
    port = await free_port()
    environment = {**os.environ, "IEUM_SINK_PORT": str(port), "IEUM_SINK_DIR": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ieum.notify.sink", env=environment)
    try:
        client = await connected(port)
        for number in range(20):
            await client.sendmail("a@ieum.kr", ["b@x.kr"], MAIL.format(to="b@x.kr", subject=str(number)))
        process.send_signal(signal.SIGKILL)
    finally:
        await process.wait()
    client.close()
    subjects = [str(mail.message["Subject"]) for mail in Maildir(tmp_path).headers()]
    assert subjects == [str(number) for number in range(20)]


async def test_sigterm_ends_the_sink(tmp_path: Path) -> None:
    port = await free_port()
    environment = {**os.environ, "IEUM_SINK_PORT": str(port), "IEUM_SINK_DIR": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ieum.notify.sink", env=environment)
    client = await connected(port)
    process.terminate()
    assert await asyncio.wait_for(process.wait(), 5) == 0
    client.close()


async def connected(port: int) -> aiosmtplib.SMTP:
    """A connection, as soon as somebody listens."""
    async with asyncio.timeout(10):
        while True:
            client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port)
            try:
                await client.connect()
            except aiosmtplib.SMTPConnectError:
                await asyncio.sleep(0.05)
            else:
                return client


async def free_port() -> int:
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    return port
