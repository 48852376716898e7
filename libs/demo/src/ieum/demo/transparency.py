"""The transparency log, verified by the tool that anybody has: `ieum audit verify`."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
from aiokafka import TopicPartition

from ieum.common.events.registry import Registry
from ieum.common.kernel.errors import Refusal
from ieum.demo.summary import LogFacts

if TYPE_CHECKING:
    from ieum.demo.run import Run

Leaves = dict[TopicPartition, int]

TRIES = 120
TRY_SECONDS = 0.5
VERIFY_SECONDS = 120


async def verify(run: Run, url: str) -> tuple[LogFacts, Leaves]:
    """Wait until the signed log holds all that is in Kafka now, verify it, count leaves by partition."""
    logged = [topic.name for topic in Registry.load().topics.values() if topic.logged]
    ends = await run.watch.ends(logged)
    await _signed(url, sum(ends.values()))
    found = await asyncio.to_thread(_verified, url)
    leaves = {
        TopicPartition(part["topic"], part["partition"]): part["leaves"] for part in found["partitions"]
    }
    missing = [
        f"{partition.topic}-{partition.partition}: {leaves.get(partition, 0)} < {end}"
        for partition, end in ends.items()
        if leaves.get(partition, 0) < end
    ]
    facts = LogFacts(
        ok=found["ok"] and not missing,
        size=found["size"] or 0,
        root=found["root"] or "",
        checkpoint=await _text(f"{url}/checkpoint"),
        repeats=found["repeats"],
        problems=[f"{each['ko']} {each['en']}" for each in found["problems"]] + missing,
    )
    return facts, leaves


async def _signed(url: str, size: int) -> None:
    """Wait until the newest checkpoint covers so many records."""
    for _ in range(TRIES):
        if _size(await _text(f"{url}/checkpoint")) >= size:
            return
        await asyncio.sleep(TRY_SECONDS)
    raise Refusal(
        "log-behind",
        ko="투명성 로그가 제때 이벤트를 모두 기록하지 못했습니다.",
        en="The transparency log did not take in all events in time.",
        status=504,
    )


def _size(checkpoint: str) -> int:
    """The second line of a checkpoint (C2SP tlog-checkpoint) is its tree's size; 0 before the first."""
    lines = checkpoint.splitlines()
    return int(lines[1]) if len(lines) > 1 and lines[1].isdigit() else 0


async def _text(url: str) -> str:
    # trust_env: a proxy set for the internet must not be asked for this machine.
    async with httpx.AsyncClient(trust_env=False) as client:
        response = await client.get(url)
    return response.text if response.is_success else ""


def _verified(url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "ieum.common.cli", "audit", "verify", "--url", url, "--json"]
    ended = subprocess.run(  # noqa: S603 - our own command line
        command, capture_output=True, text=True, check=False, timeout=VERIFY_SECONDS
    )
    try:
        found: dict[str, Any] = json.loads(ended.stdout)
    except ValueError:
        raise Refusal(
            "verify-failed",
            ko=f"로그를 검증하지 못했습니다. {ended.stderr[-500:]}",
            en=f"The log could not be verified. {ended.stderr[-500:]}",
        ) from None
    return found
