"""A round proved from a clean folder by market, result and log alone; and every sentence about it true."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.testing.builders import Applicant, Market

if TYPE_CHECKING:
    from pathlib import Path

    from ieum.common.testing.platform import Fact, Platform

pytestmark = pytest.mark.platform


@pytest.fixture(scope="module")
def cleared(platform: Platform) -> tuple[Market, str, list[Applicant]]:
    """Seven people for three places, some with other fields and skills, so that scores differ and tie."""
    market = Market(platform, {"P-1": 1, "P-2": 2})
    others: list[dict[str, Any]] = [
        {},
        {},
        {},
        {"skills": ["엑셀"]},
        {"fields": ["디자인"]},
        {},
        {"skills": []},
    ]
    applicants = [
        market.apply("P-1", "P-2", **changes) if number % 2 else market.apply("P-2", "P-1", **changes)
        for number, changes in enumerate(others)
    ]
    market.wait_ranked(*applicants)
    return market, market.clear(), applicants


def _ieum(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line in a folder of its own, without any setting of ours."""
    plain = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "ieum.common.cli", *arguments]
    return subprocess.run(
        command, cwd=folder, env=plain, capture_output=True, text=True, check=False, timeout=120
    )


def _files(platform: Platform, round_: str, folder: Path) -> tuple[Any, Any]:
    auditor = platform.client("matching", "auditor")
    for name in ("market", "result"):
        content = auditor.get(f"/matching/rounds/{round_}/{name}").raise_for_status().content
        (folder / f"{name}.json").write_bytes(content)
    return json.loads((folder / "market.json").read_text()), json.loads((folder / "result.json").read_text())


def test_the_files_and_the_log_are_enough(
    platform: Platform, cleared: tuple[Market, str, list[Applicant]], tmp_path: Path
) -> None:
    """`ieum match verify` on the files; their digests stand in the event; the log proves the event."""
    _, round_, _ = cleared
    _, result = _files(platform, round_, tmp_path)
    verified = _ieum(tmp_path, "match", "verify", "market.json", "result.json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    [fact] = _of(platform, "round.computed", round_)
    assert fact.data["market_digest"] == sha256((tmp_path / "market.json").read_bytes()).hexdigest()
    assert fact.data["result_digest"] == result["certificate"]["result"]
    token = platform.token("auditor")
    proof = ("audit", "proof", str(fact.id), "--url", f"{platform.url('audit')}/audit/log", "--token", token)
    platform.until(lambda: _ieum(tmp_path, *proof).returncode == 0, what="the proof")
    changed = json.loads((tmp_path / "result.json").read_text())
    changed["matches"][0]["rank"] += 1
    (tmp_path / "result.json").write_text(json.dumps(changed))
    assert _ieum(tmp_path, "match", "verify", "market.json", "result.json").returncode == 1


def test_the_order_of_events_shows_that_nothing_was_known_too_early(
    platform: Platform, cleared: tuple[Market, str, list[Applicant]], tmp_path: Path
) -> None:
    _, round_, _ = cleared
    market, _ = _files(platform, round_, tmp_path)
    types = [fact.short_type for fact in platform.facts("matching-rounds") if fact.subject == round_]
    assert types == ["round.opened", "round.closed", "round.computed", "round.confirmed"]
    [closed] = _of(platform, "round.closed", round_)
    market.pop("seed")
    frozen = json.dumps(market, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert closed.data["frozen_digest"] == sha256(frozen).hexdigest()


def _of(platform: Platform, type_: str, round_: str) -> list[Fact]:
    return [fact for fact in platform.facts("matching-rounds", type_) if fact.subject == round_]


def test_every_sentence_to_those_without_a_place_is_true(
    platform: Platform, cleared: tuple[Market, str, list[Applicant]], tmp_path: Path
) -> None:
    """Each score, each lowest score and each waiting number is worked out again from the two files."""
    _, round_, applicants = cleared
    market, result = _files(platform, round_, tmp_path)
    rules = {one["id"]: one for one in market["openings"]}
    lines = {one["opening"]: one["applicants"] for one in result["waitlists"]}
    gone = {match["applicant"] for match in result["matches"]}
    told = 0
    for each in applicants:
        citizen = platform.client("matching", "citizen", subject=each.person)
        receipt = citizen.get(f"/matching/rounds/{round_}/applications/{each.application}/receipt").json()
        line = json.loads(receipt["line"])
        path = tmp_path / "receipt.json"
        path.write_text(json.dumps(receipt))
        [fact] = _of(platform, "round.computed", round_)
        checked = _ieum(tmp_path, "match", "receipt", "receipt.json", "--root", fact.data["lines_root"])
        assert checked.returncode == 0, checked.stdout
        if line["match"]:
            continue
        sentences = citizen.get(f"/matching/applications/{each.application}").json()["explanation"]["ko"]
        assert sentences[0] == "이번 회차에서는 배정된 자리가 없습니다."
        for reason, sentence in zip(line["reasons"], sentences[1:], strict=True):
            opening = reason["opening"]
            scores = rules[opening]["priorities"]["scores"]
            mine, lowest = (int(one) for one in re.findall(r"(\d+)점", sentence)[:2])
            assert mine == scores[line["applicant"]]
            winners = [m["applicant"] for m in result["matches"] if m["opening"] == opening]
            assert lowest == min(scores[name] for name in winners)
            assert ("추첨" in sentence) == (mine == lowest)
            waiting = [name for name in lines[opening] if name not in gone]
            [number] = re.findall(r"대기 순번은 (\d+)번", sentence)
            assert int(number) == waiting.index(line["applicant"]) + 1
            told += 1
    assert told == 8, "four people, two choices each"
