"""`ieum clock` and `ieum deadletters` against a running service, and what they say where none runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.errors import Refusal
from ieum.common.local import commands, remote
from ieum.common.local.remote import Remote
from ieum.common.web.tokens import issue

from .conftest import GROUP, Running

CALL: dict[str, Any] = {"exit_on_error": False, "result_action": "return_value"}


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("7d", timedelta(days=7)),
        ("1d12h30m", timedelta(days=1, hours=12, minutes=30)),
        ("90s", timedelta(seconds=90)),
    ],
)
def test_a_span_of_time_is_read(text: str, span: timedelta) -> None:
    assert commands.parse_span(text) == span


@pytest.mark.parametrize("text", ["", "7", "d", "-7d", "7w", "1.5d", "7d x"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="span-invalid"):
        commands.parse_span(text)


@pytest.fixture
def operator(running: Running, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command of ours against the one service, with an operator's token."""
    token = _token(running, "operator")
    monkeypatch.setattr(remote, "SERVICES", ("notify",))

    def call(app: Any, *arguments: str) -> Any:
        return app([*arguments, "--url", running.url, "--token", token], **CALL)

    return call


def _token(running: Running, role: str) -> str:
    key = (running.secrets / "token_private.pem").read_bytes()
    return issue(key, subject="op", roles=[role], minutes=5, now=SystemClock().now())


def _letter(running: Running, subject: str, value: bytes | None = None, **fields: Any) -> int:
    """A dead letter as the consumer leaves it, of a person who was to be forgotten."""
    headers = {
        "ce_id": str(uuid4()),
        "ce_type": "kr.ieum.intake.person.erased.v1",
        "ce_source": "/ieum/daegu/intake",
        "ce_time": "2026-11-22T00:00:00+00:00",
        "ce_subject": subject,
        "x-name": "홍보".encode().decode("latin-1"),
    }
    row: dict[str, Any] = {
        "grp": GROUP, "topic": "intake-people", "part": 0, "offs": uuid4().int % 10**12,
        "key": subject.encode(),
        "headers": json.dumps(list(headers.items())), "value": value or b'{"record_classes": ["contact"]}',
        "reason": "ZeroDivisionError", "parks_key": False, **fields,
    }  # fmt: skip
    names, places = ", ".join(row), ", ".join(f"${n + 1}" for n in range(len(row)))
    sql = f"insert into dead_letter ({names}, parked_at) values ({places}, '2026-11-22') returning id"
    return int(running.sql(sql, *row.values())[0]["id"])


@pytest.mark.servers
def test_the_clock_moves_on_and_never_back(running: Running, operator: Any, capsys: Any) -> None:
    call = Remote({"notify": running.url}, _token(running, "operator"))
    before = call.ask("notify", "GET", "development/clock")["ahead_seconds"]
    operator(commands.clock, "advance", "7d")
    assert "notify    20" in capsys.readouterr().out
    assert call.ask("notify", "GET", "development/clock")["ahead_seconds"] - before == 7 * 86_400


@pytest.mark.servers
def test_only_an_operator_may(running: Running) -> None:
    asking = Remote({"notify": running.url}, _token(running, "staff"))
    with pytest.raises(Refusal, match="refused"):
        asking.ask("notify", "PUT", "development/clock", json={"seconds": 1})
    with pytest.raises(Refusal, match="refused"):
        asking.ask("notify", "GET", f"operations/deadletters/{GROUP}/1")


@pytest.mark.servers
def test_a_letter_is_listed_shown_and_redriven(running: Running, operator: Any, capsys: Any) -> None:
    letter = _letter(running, "gentle")
    operator(commands.deadletters, "list", "--group", GROUP)
    assert str(letter) in capsys.readouterr().out
    operator(commands.deadletters, "show", GROUP, str(letter))
    shown = capsys.readouterr().out
    assert "key: gentle" in shown
    assert "x-name: 홍보" in shown
    assert '{"record_classes": ["contact"]}' in shown
    with pytest.raises(SystemExit) as ended:
        operator(commands.deadletters, "redrive", GROUP, "--letter", str(letter))
    assert ended.value.code == 0
    assert "gentle" in running.applied
    assert not running.sql("select from dead_letter where id = $1", letter)


@pytest.mark.servers
def test_a_letter_that_fails_again_stays_and_can_be_discarded(running: Running, operator: Any) -> None:
    letter = _letter(running, "stubborn")
    with pytest.raises(SystemExit) as ended:
        operator(commands.deadletters, "redrive", GROUP, "--letter", str(letter))
    assert ended.value.code == 1
    [row] = running.sql("select reason, attempts from dead_letter where id = $1", letter)
    assert (row["reason"], row["attempts"]) == ("stubborn", 2)
    operator(commands.deadletters, "discard", GROUP, str(letter))
    assert not running.sql("select from dead_letter where id = $1", letter)
    with pytest.raises(Refusal, match="There is no such dead letter"):
        operator(commands.deadletters, "show", GROUP, str(letter))


@pytest.mark.servers
def test_a_letter_without_bytes_says_that_they_were_not_kept(
    running: Running, operator: Any, capsys: Any
) -> None:
    letter = _letter(running, "secret")
    running.sql("update dead_letter set key = null, headers = null, value = null where id = $1", letter)
    operator(commands.deadletters, "show", GROUP, str(letter))
    assert "The record itself is not kept" in capsys.readouterr().out


@pytest.mark.servers
def test_bytes_that_are_no_text_are_shown_escaped(running: Running, operator: Any, capsys: Any) -> None:
    letter = _letter(running, "bytes", b"\xff\xfe")
    operator(commands.deadletters, "show", GROUP, str(letter))
    assert "\\xff\\xfe" in capsys.readouterr().out


def test_a_service_that_does_not_answer_is_told() -> None:
    with pytest.raises(Refusal, match="The service notify cannot be reached"):
        Remote({"notify": "http://127.0.0.1:1"}, "token").ask("notify", "GET", "operations/deadletters")
    with pytest.raises(Refusal, match="The service audit cannot be reached"):
        Remote({"notify": "http://127.0.0.1:1"}, "token").ask("audit", "GET", "operations/deadletters")
