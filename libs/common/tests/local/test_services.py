"""What services are started with, and the life of one process of the stack: the mail sink."""

from __future__ import annotations

import smtplib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from ieum.common.local import ports, stack
from ieum.common.local.home import Home
from ieum.common.local.names import MAIL
from ieum.common.local.secrets import ensure_secrets
from ieum.common.local.services import (
    Addresses,
    Running,
    log_of,
    mail_environment,
    service_dsn,
    service_environment,
)
from ieum.common.local.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADDRESSES = Addresses(kafka="127.0.0.1:9092", postgres="postgresql://p:q@h:5/postgres", smtp="127.0.0.1:25")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    ensure_secrets(home.secrets)
    yield home
    stack.down(home, report=lambda _: None)


def _ready(home: Home, state: stack.State, environment: dict[str, str], port: int) -> Running:
    running = stack.ensure(home, state, MAIL, environment, port)
    wait_until(running.is_ready, name=MAIL, process=running.process, log=log_of(home, MAIL), seconds=60)
    return running


def test_a_service_gets_its_own_database_as_its_application_role() -> None:
    dsn = service_dsn(
        "postgresql://postgres:se@cret@10.0.0.1:5433/postgres?sslmode=disable", "ieum_audit", "a/b"
    )
    assert dsn == "postgresql://ieum_audit:a%2Fb@10.0.0.1:5433/ieum_audit?sslmode=disable"


def test_services_never_see_the_superuser_and_only_notify_sees_mail(home: Home) -> None:
    environments = {name: service_environment(home, name, ADDRESSES) for name in ("intake", "notify")}
    assert not any("p:q@" in value for each in environments.values() for value in each.values())
    assert environments["notify"]["IEUM_SMTP"] == ADDRESSES.smtp
    assert "IEUM_SMTP" not in environments["intake"]
    assert environments["intake"]["IEUM_DATABASE"].endswith("@h:5/ieum_intake")


def test_a_message_names_the_address_at_which_matching_runs(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IEUM_PUBLIC_URL", raising=False)
    moved = replace(ADDRESSES, matching="http://127.0.0.1:23456")
    assert service_environment(home, "notify", moved)["IEUM_PUBLIC_URL"] == "http://127.0.0.1:23456"
    assert "IEUM_PUBLIC_URL" not in service_environment(home, "intake", moved)
    assert "IEUM_PUBLIC_URL" not in service_environment(home, "notify", ADDRESSES), "its default stands"
    monkeypatch.setenv("IEUM_PUBLIC_URL", "https://ieum.example")
    assert service_environment(home, "notify", moved)["IEUM_PUBLIC_URL"] == "https://ieum.example"


def test_the_stack_tells_notify_the_port_that_matching_got(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`up` without its servers: what each process would be started with, when 8001 is taken."""
    told: dict[str, dict[str, str]] = {}

    def ensure(
        _home: Home, _state: stack.State, name: str, environment: dict[str, str], port: int
    ) -> Running:
        told[name] = environment
        moved = 23456 if name == "matching" else port
        return Running(name=name, pid=1, started="", port=moved, environment="")

    monkeypatch.delenv("IEUM_PUBLIC_URL", raising=False)
    monkeypatch.setattr(stack, "ensure", ensure)
    stack._start_services(home, stack.State(kafka="k:1", postgres=ADDRESSES.postgres), report=lambda _: None)
    assert told["notify"]["IEUM_PUBLIC_URL"] == "http://127.0.0.1:23456"


def test_what_runs_is_left_alone_and_what_died_comes_back_at_its_port(home: Home) -> None:
    """One process of the stack through `up`, `up`, a crash, `up` and `down`."""
    state, environment = stack.State(), mail_environment(home)
    first = _ready(home, state, environment, ports.choose())
    assert _ready(home, state, environment, first.port) == first
    with smtplib.SMTP("127.0.0.1", first.port) as client:
        assert client.noop()[0] == 250
    first.process.kill()
    second = _ready(home, state, environment, 1)
    assert second.process != first.process
    assert second.port == first.port
    assert stack.status(home)["mail"] == {"smtp": second.url, "folder": str(home.mail), "ready": True}
    stack.down(home, report=lambda _: None)
    assert not second.process.alive
    assert stack.status(home)["mail"]["ready"] is False


def test_a_process_started_with_another_environment_is_started_anew(home: Home) -> None:
    state = stack.State()
    first = _ready(home, state, mail_environment(home), ports.choose())
    moved = mail_environment(home) | {"IEUM_SINK_DIR": str(home.state / "elsewhere")}
    second = _ready(home, state, moved, first.port)
    assert not first.process.alive
    assert second.process.alive


def test_the_record_of_what_runs_is_closed_to_others_as_it_holds_a_password(home: Home) -> None:
    stack.State(postgres=ADDRESSES.postgres).save(home.run / "state.json")
    assert (home.run / "state.json").stat().st_mode & 0o777 == 0o600
