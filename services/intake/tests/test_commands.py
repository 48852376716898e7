"""`ieum programmes`, spoken to a real server over HTTP."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from ieum.common.kernel.errors import Refusal
from ieum.common.service.settings import REPOSITORY
from ieum.intake.commands import apply, check

from .world import PROGRAMME, YAML, World

CITIES = REPOSITORY / "deploy" / "cities"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / f"{PROGRAMME}.yaml"
    path.write_text(YAML, encoding="utf-8")
    return path


def test_check_names_the_programme_or_what_is_wrong(file: Path, capsys: Any) -> None:
    check(file)
    assert capsys.readouterr().out.startswith(f"{PROGRAMME} 1: 2022년")
    file.write_text(YAML.replace("kind: placement", "kind: lottery"), encoding="utf-8")
    with pytest.raises(Refusal, match="file-invalid"):
        check(file)


def test_check_reads_a_whole_pack_and_tells_every_mistake_of_every_file(tmp_path: Path, capsys: Any) -> None:
    for shared in ("facts", "templates", "daegu"):
        shutil.copytree(CITIES / shared, tmp_path / shared)
    check(tmp_path / "daegu")
    names = capsys.readouterr().out.splitlines()
    assert len(names) == len(list((CITIES / "daegu/programmes").glob("*.yaml")))
    first, second = sorted((tmp_path / "daegu/programmes").glob("*.yaml"))[:2]
    first.write_text(re.sub(r"version: \d+", "version: one", first.read_text("utf-8")), encoding="utf-8")
    second.write_text(second.read_text("utf-8") + "surprise: 1\nsurprising: 2\n", encoding="utf-8")
    (tmp_path / "facts/emergency.yaml").write_text("emergency: []\n", encoding="utf-8")
    with pytest.raises(Refusal) as caught:
        check(tmp_path / "daegu")
    told = caught.value.en.splitlines()
    assert [line.split(",")[0] for line in told] == [
        first.name, second.name, second.name, "emergency.yaml",
    ]  # fmt: skip
    assert len(caught.value.ko.splitlines()) == 4


def test_check_of_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="file-missing"):
        check(tmp_path / "nothing.yaml")


def test_the_command_line_ends_with_1_and_says_it_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(YAML.replace("kind: placement", "kind: lottery"), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "ieum"), "programmes", "check", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert "bad.yaml 10행 kind: 다음 중 하나여야 합니다" in ended.stderr
    assert "bad.yaml, line 10, kind: expected one of" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.servers
async def test_apply_publishes_once_and_says_why_not(intake: World, file: Path, capsys: Any) -> None:
    app = intake.service.application()
    app.state.web.started = True
    config = uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        token = intake.headers()["Authorization"].removeprefix("Bearer ")
        for _ in range(2):
            await asyncio.to_thread(apply, file, token=token, url=f"http://127.0.0.1:{port}")
        assert capsys.readouterr().out.count(f"{PROGRAMME} 1: 2022-02-15") == 2
        assert len(await intake.told("intake-programmes")) == 1
        file.write_text(YAML.replace("version: 1", "version: 5"), encoding="utf-8")
        with pytest.raises(Refusal, match="programme-version"):
            await asyncio.to_thread(apply, file, token=token, url=f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        await serving
