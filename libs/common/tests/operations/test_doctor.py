"""The doctor finds what is amiss: each check with a thing in order and with the same thing broken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from ieum.common.kernel.clock import ManualClock
from ieum.common.local.secrets import ensure_secrets
from ieum.common.service import doctor
from ieum.common.service.doctor import Finding, Target, examine

from .conftest import Running, Stack


def _bad(findings: list[Finding]) -> list[str]:
    return [f"{finding.about}: {finding.en}" for finding in findings if not finding.ok]


@pytest.mark.servers
async def test_a_stack_in_order_has_no_bad_finding(stack: Stack, running: Running) -> None:
    databases = {name: stack.dsn(name) for name in ("intake", "matching", "notify", "audit")}
    found = await examine(Target(stack.kafka, databases, {"notify": running.url}, stack.secrets))
    assert _bad(found) == []
    assert {finding.about for finding in found} == {
        "python", "secrets", "kafka", "topics", "notify", *(f"postgres {name}" for name in databases),
    }  # fmt: skip


async def test_what_does_not_run_is_told(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    (tmp_path / "kek").chmod(0o600)
    tmp_path.chmod(0o700)
    nowhere = Target(
        "127.0.0.1:1", {"intake": "postgresql://x@127.0.0.1:1/x"},
        {"audit": None, "notify": "http://127.0.0.1:1"}, tmp_path,
    )  # fmt: skip
    assert [line.split(" (")[0] for line in _bad(await examine(nowhere))] == [
        "kafka: cannot be reached",
        "postgres intake: cannot be reached",
        "audit: does not run",
        "notify: does not answer",
    ]


async def test_loose_and_missing_secrets_are_told(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    tmp_path.chmod(0o700)
    (tmp_path / "kek").chmod(0o640)
    (tmp_path / "search").unlink()
    assert _bad(await examine(Target(None, {}, {}, tmp_path))) == [
        "secrets: files are missing: search",
        "secrets: others may read kek: set its mode to 0600",
        "kafka: does not run",
    ]


@pytest.mark.servers
async def test_a_database_without_migrations_or_hangul_is_told(stack: Stack) -> None:
    """A database in the locale C: there Hangul is no letter, and Korean search finds nothing."""
    name = f"plain_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(stack.postgres)
    await admin.execute(
        f"create database {name} template template0 encoding 'UTF8' locale 'C' locale_provider libc"
    )
    try:
        target = Target(None, {"notify": f"{stack.postgres.rpartition('/')[0]}/{name}"}, {}, stack.secrets)
        told = _bad(await examine(target))
        assert "postgres notify: encoding UTF8, its locale does not know Hangul" in told
        assert any("to run: common/0001_common" in line for line in told)
    finally:
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


@pytest.mark.parametrize(
    ("seconds", "skew"), [(0.0, 0.0), (0.3, 0.0), (1.5, 0.5), (-2.0, -2.0), (61.0, 60.0)]
)
def test_a_clock_is_compared_with_the_time_in_which_it_was_asked(seconds: float, skew: float) -> None:
    before = datetime(2026, 11, 22, tzinfo=UTC)
    told = before + timedelta(seconds=seconds)
    assert doctor._skew(told, before, before + timedelta(seconds=1)) == pytest.approx(skew)


@pytest.mark.servers
async def test_clocks_that_differ_from_ours_are_told(running: Running, stack: Stack) -> None:
    late = ManualClock(datetime.now(UTC) - timedelta(minutes=5))
    target = Target(None, {"notify": stack.dsn("notify")}, {"notify": running.url}, stack.secrets, late)
    told = [line.split(" by ")[0] for line in _bad(await examine(target))]
    assert told == ["kafka: does not run", "postgres notify: clock differs", "notify: clock differs"]
