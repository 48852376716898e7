"""The command line: shapes that others rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ieum.common.local.secrets import ensure_secrets
from ieum.common.web.tokens import verify

if TYPE_CHECKING:
    from pathlib import Path


def _ieum(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    pom = home / "deploy" / "kafka" / "pom.xml"
    pom.parent.mkdir(parents=True, exist_ok=True)
    pom.touch()
    return subprocess.run(
        [sys.executable, "-m", "ieum.common.cli", *arguments],
        env=os.environ | {"IEUM_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_status_as_json_has_its_shape_also_when_nothing_runs(tmp_path: Path) -> None:
    result = _ieum(tmp_path, "status", "--json")
    assert json.loads(result.stdout) == {
        "kafka": None,
        "postgres": None,
        "services": {
            name: {"url": None, "ready": False} for name in ("intake", "matching", "notify", "audit")
        },
        "mail": {"smtp": None, "folder": str(tmp_path / ".ieum" / "mail"), "ready": False},
        "sign_in": {"ready": False, "url": None},
    }


def test_a_refusal_is_told_in_both_languages_without_a_traceback(tmp_path: Path) -> None:
    result = _ieum(tmp_path, "logs", "nobody")
    assert result.returncode == 1
    assert result.stdout == ""
    korean, english = result.stderr.splitlines()
    assert korean.startswith("nobody의 기록은 없습니다.")
    assert english.startswith("There is no log of nobody.")


def test_a_token_is_made_from_anywhere_with_the_key_of_the_home(tmp_path: Path) -> None:
    """Not with whatever lies in `.ieum` of the folder that one happens to be in."""
    refused = _ieum(tmp_path, "token", "--role", "staff")
    assert refused.returncode == 1
    assert str(tmp_path / ".ieum" / "secrets") in refused.stderr
    ensure_secrets(tmp_path / ".ieum" / "secrets")
    made = _ieum(tmp_path, "token", "--role", "staff", "--agency", "daegu-youth-centre").stdout.strip()
    public = (tmp_path / ".ieum" / "secrets" / "token_public.pem").read_bytes()
    assert verify(public, made, datetime.now(UTC)).agency == "daegu-youth-centre"


def test_the_key_for_a_replay_is_that_of_the_home(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.jsonl"
    scenario.touch()
    refused = _ieum(tmp_path, "events", "play", str(scenario), "--kafka", "127.0.0.1:1")
    assert refused.returncode == 1
    assert str(tmp_path / ".ieum" / "secrets" / "kek") in refused.stderr


def test_down_is_fine_where_nothing_runs(tmp_path: Path) -> None:
    assert _ieum(tmp_path, "down").returncode == 0
