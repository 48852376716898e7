"""`ieum intake programmes`, spoken to a real server over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from ieum.common.kernel.errors import Refusal
from ieum.intake.commands import apply, check

from .world import PROGRAMME, YAML, World


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
