"""The command line: shapes that others rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

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
    }


def test_a_refusal_is_told_in_both_languages_without_a_traceback(tmp_path: Path) -> None:
    result = _ieum(tmp_path, "logs", "nobody")
    assert result.returncode == 1
    assert result.stdout == ""
    korean, english = result.stderr.splitlines()
    assert korean.startswith("nobody의 기록은 없습니다.")
    assert english.startswith("There is no log of nobody.")


def test_down_is_fine_where_nothing_runs(tmp_path: Path) -> None:
    assert _ieum(tmp_path, "down").returncode == 0
