"""Mail handed in to a real SMTP server on loopback: what arrives, and what each kind of fault is called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from time import perf_counter
from uuid import UUID

import pytest

from ieum.common.kernel.ids import derived_id
from ieum.notify.channels.domain import Away, Later, Letter, Limits, Never, Sent, Unknown, Untried
from ieum.notify.channels.email import EmailChannel, Mailbox
from ieum.notify.sink.faults import FaultPlan
from ieum.notify.sink.maildir import Maildir
from ieum.notify.sink.server import listen

NAMESPACE = UUID("0193a000-0000-7000-8000-000000000001")
SOON = Limits(begin_seconds=10, end_seconds=10)
WRITTEN_AT = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
TEXT = "홍길동 님, 안녕하십니까.\n\n.점으로 시작하는 줄도 그대로 갑니다.\n"


def letter(name: str, address: str = "someone@example.kr") -> Letter:
    return Letter(derived_id(NAMESPACE, name), address, "[이음] 신청을 받았습니다", TEXT, "ko", WRITTEN_AT)


@asynccontextmanager
async def mail_service(folder: Path, faults: str = "", connections: int = 2) -> AsyncIterator[EmailChannel]:
    server = await listen(Maildir(folder), "127.0.0.1", 0, FaultPlan.parse(faults))
    port = server.sockets[0].getsockname()[1]
    sender = Address("대구광역시 이음", "no-reply", "ieum.daegu.example")
    channel = EmailChannel(
        Mailbox("127.0.0.1", port, sender, "daegu", timeout_seconds=5, connections=connections)
    )
    try:
        yield channel
    finally:
        await channel.close()
        server.close()


def kept_ids(folder: Path) -> list[str]:
    return [str(mail.message["Message-ID"]) for mail in Maildir(folder).headers()]


async def test_a_korean_letter_arrives_as_it_was_written(tmp_path: Path) -> None:
    wanted = letter("a")
    async with mail_service(tmp_path) as channel:
        assert await channel.send([wanted], SOON) == {wanted.id: Sent()}
    [mail] = Maildir(tmp_path).headers()
    whole = Maildir(tmp_path).read(mail.number).message
    assert whole["Subject"] == "[이음] 신청을 받았습니다"
    assert whole["From"] == "대구광역시 이음 <no-reply@ieum.daegu.example>"
    assert whole["Message-ID"] == f"<{wanted.id}@ieum.daegu>"
    assert whole["Auto-Submitted"] == "auto-generated"
    assert whole["Date"].datetime == WRITTEN_AT
    assert whole["Content-Language"] == "ko"
    assert mail.recipients == ["someone@example.kr"]
    body = whole.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == TEXT
    assert mail.path.read_bytes().isascii()


async def test_an_attempt_without_an_answer_is_unknown_and_repeats_as_the_same_message(
    tmp_path: Path,
) -> None:
    """The server keeps the mail and cuts the line; the repeat is byte for byte the same message."""
    wanted = letter("a")
    async with mail_service(tmp_path, "drop:1") as channel:
        [outcome] = (await channel.send([wanted], SOON)).values()
        assert isinstance(outcome, Unknown)
        (tmp_path / "faults").write_text("drop:0")
        assert await channel.send([wanted], SOON) == {wanted.id: Sent()}
    first, second = Maildir(tmp_path).headers()
    assert first.path.read_bytes() == second.path.read_bytes()


@pytest.mark.parametrize(
    ("faults", "outcome", "kept"),
    [("defer:1", Later("smtp-451"), 0), ("refuse:1", Never("smtp-550"), 0), ("lie:1", Later("smtp-451"), 1)],
)
async def test_answers_are_classed_by_their_code(
    tmp_path: Path, faults: str, outcome: Later | Never, kept: int
) -> None:
    wanted = letter("a")
    async with mail_service(tmp_path, faults) as channel:
        assert await channel.send([wanted], SOON) == {wanted.id: outcome}
    assert len(kept_ids(tmp_path)) == kept


async def test_a_connection_goes_on_after_a_refusal(tmp_path: Path) -> None:
    letters = [letter("a", "not an address"), letter("b", "홍@example.kr"), letter("c", "a@"), letter("d")]
    async with mail_service(tmp_path, connections=1) as channel:
        outcomes = await channel.send(letters, SOON)
    assert list(outcomes.values()) == [Never("bad-address")] * 3 + [Sent()]


async def test_nothing_listens_so_nothing_was_tried(unused_port: int) -> None:
    mailbox = Mailbox("127.0.0.1", unused_port, Address("", "no-reply", "example.kr"), "daegu")
    letters = [letter(str(n)) for n in range(5)]
    outcomes = await EmailChannel(mailbox).send(letters, SOON)
    assert set(outcomes) == {one.id for one in letters}
    assert all(isinstance(outcome, Away) for outcome in outcomes.values())


async def test_a_connection_that_was_closed_while_idle_is_opened_again(tmp_path: Path) -> None:
    async with mail_service(tmp_path, connections=1) as channel:
        await channel.send([letter("a")], SOON)
        channel._lines[0]._client.transport.abort()  # type: ignore[union-attr]
        assert list((await channel.send([letter("b")], SOON)).values()) == [Sent()]


async def test_when_time_is_up_each_letter_still_has_an_outcome(tmp_path: Path) -> None:
    letters = [letter(str(n)) for n in range(4)]
    async with mail_service(tmp_path, "slow_ms:3000", connections=1) as channel:
        outcomes = await channel.send(letters, Limits(begin_seconds=0.2, end_seconds=0.5))
    assert [type(outcomes[one.id]) for one in letters] == [Unknown, Untried, Untried, Untried]


async def test_some_connections_carry_many_messages(tmp_path: Path) -> None:
    """Every message arrives once, and 100 a second are no effort on one machine."""
    letters = [letter(str(n)) for n in range(300)]
    async with mail_service(tmp_path) as channel:
        started = perf_counter()
        outcomes = await channel.send(letters, SOON)
        seconds = perf_counter() - started
    assert set(outcomes.values()) == {Sent()}
    assert sorted(kept_ids(tmp_path)) == sorted(f"<{one.id}@ieum.daegu>" for one in letters)
    assert seconds < 3


@pytest.fixture
async def unused_port() -> int:
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    return port


async def test_no_letter_is_begun_late_but_a_begun_one_may_end(tmp_path: Path) -> None:
    letters = [letter(str(n)) for n in range(3)]
    async with mail_service(tmp_path, "slow_ms:300", connections=1) as channel:
        outcomes = await channel.send(letters, Limits(begin_seconds=0.1, end_seconds=5))
    assert [outcomes[one.id] for one in letters] == [Sent(), Untried(), Untried()]
