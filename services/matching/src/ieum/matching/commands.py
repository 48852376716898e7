"""`ieum match`: what anybody with the files can do, and what operators do with the platform's addresses."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App
from cyclopts.types import ExistingFile

from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.commands import clear, verify
from ieum.matching.rounds.commands import receipt

if TYPE_CHECKING:
    from ieum.common.service.app import Service

CLEARING_SECONDS_MAX = 600.0

app = App(name="match", help="배정을 계산하고 검증합니다 · Clear a market and verify a result.")
app.command(clear)
app.command(verify)
app.command(receipt)


@app.command
def rebuild(*, check: bool = False) -> None:
    """읽기 모델을 토픽에서 다시 만듭니다 · Make the read models again from the topics, and compare.

    Args:
        check: compare only; exits 1 where the topics tell something else than is there.
    """
    from ieum.matching.markets.commands import rebuilt, tell

    sys.exit(tell(asyncio.run(rebuilt(_service(), check=check)), check=check))


@app.command
def simulate(*, programme: ExistingFile, since: datetime, out: Path | None = None) -> None:
    """바뀐 규칙을 실제 신청에 적용해 봅니다 · Apply changed rules to past applications; nothing is written.

    Args:
        programme: the programme's file with its changes.
        since: applications from this day on, Korean time.
        out: also write the table to this file, as JSON.
    """
    from ieum.common.events.programme_file import load_programme
    from ieum.matching.simulation.commands import simulated, tell

    new, service = load_programme(programme), _service()
    found = asyncio.run(simulated(service, new, since.date(), seconds_max=CLEARING_SECONDS_MAX))
    tell(found)
    if out:
        out.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _service() -> Service:
    """Matching with the addresses of the environment, else of the local stack; it is not started."""
    from pydantic import ValidationError

    from ieum.matching.app import build
    from ieum.matching.settings import MatchingSettings

    try:
        settings = MatchingSettings()
    except ValidationError:
        settings = MatchingSettings(**_local())
    return build(settings)


def _local() -> dict[str, Any]:
    from ieum.common.local import stack
    from ieum.common.local.home import Home
    from ieum.common.local.services import Addresses, service_environment

    home = Home.find()
    found = stack.status(home)
    if not found["kafka"] or not found["postgres"]:
        raise Refusal(
            "servers-unknown",
            ko="실행 중인 서버가 없습니다. IEUM_KAFKA, IEUM_DATABASE, IEUM_SECRETS를 설정해 주십시오.",
            en="No servers run here. Set IEUM_KAFKA, IEUM_DATABASE and IEUM_SECRETS.",
        )
    addresses = Addresses(kafka=found["kafka"], postgres=found["postgres"], smtp="")
    environment = service_environment(home, "matching", addresses)
    return {name.removeprefix("IEUM_").lower(): value for name, value in environment.items()}
