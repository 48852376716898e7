from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ieum.matching.clearing.commands import app

from .markets import market, strict

if TYPE_CHECKING:
    from pathlib import Path


def run(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        app([str(word) for word in words])
    return int(ended.value.code or 0)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    document = market({"가": ["x"], "나": ["x"]}, {"x": {"priorities": strict("나", "가")}})
    (tmp_path / "market.json").write_text(json.dumps(document, indent=2))
    return tmp_path / "market.json", tmp_path / "result.json"


def test_what_clear_writes_verify_accepts(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    given, out = files
    assert run("clear", given, "--out", out) == 0
    first = out.read_bytes()
    assert run("clear", given, "--out", out) == 0
    assert out.read_bytes() == first
    assert run("verify", given, out) == 0
    assert "검증되었습니다" in capsys.readouterr().out


def test_verify_says_what_is_wrong(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    given, out = files
    run("clear", given, "--out", out)
    out.write_bytes(out.read_bytes().replace(b'"rank":1', b'"rank":2'))
    assert run("verify", given, out) == 1
    assert "not their choice number 2" in capsys.readouterr().out


def test_verify_wants_the_very_bytes(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    given, out = files
    run("clear", given, "--out", out)
    out.write_text(json.dumps(json.loads(out.read_bytes()), indent=1))
    assert run("verify", given, out) == 1
    assert "RFC 8785" in capsys.readouterr().out


def test_a_defective_market_ends_with_its_code(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    given, out = files
    given.write_text(given.read_text().replace('"00ff"', '"no hex"'))
    assert run("clear", given, "--out", out) == 1
    assert "bad-seed (/seed)" in capsys.readouterr().out
    assert not out.exists()


def test_files_that_are_not_there_are_said_and_no_crash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("clear", tmp_path / "no.json", "--out", tmp_path / "out.json") == 1
    assert run("verify", tmp_path / "no.json", tmp_path / "out.json") == 1
    assert "cannot be read" in capsys.readouterr().out
