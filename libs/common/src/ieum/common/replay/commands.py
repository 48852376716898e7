"""`ieum events`: record what happened without anybody's data, play it elsewhere, compare what came of it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ieum.common.events.registry import Registry
from ieum.common.kafka import topics as kafka_topics
from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.local.home import Home
from ieum.common.replay import compare as comparing
from ieum.common.replay import play as playing
from ieum.common.replay import record as recording
from ieum.common.replay import scenario as scenarios

app = App(name="events", help="이벤트를 기록하고 재생합니다. Record and play events.")

Kafka = Annotated[str | None, Parameter(env_var="IEUM_KAFKA")]


@app.command
def record(*, topics: str, out: Path, seed: int = 1, kafka: Kafka = None) -> None:
    """Record topics as a scenario; every private object is replaced by an invented one.

    Args:
        topics: their names, with commas between them.
        out: the scenario file, one JSON object a line.
        seed: of the invented values; the same seed gives the same ones.
        kafka: host:port list; the local stack's where it is left out.
    """
    names = [name.strip() for name in topics.split(",") if name.strip()]
    made = asyncio.run(recording.record(kafka or _local_kafka(), names, Registry.load(), seed=seed))
    scenarios.write(out, made.events)
    print(
        f"이벤트 {len(made.events):,}건을 기록했습니다. 읽을 수 없는 것 {made.unreadable:,}건과"
        f" 재전송 {made.repeats:,}건은 뺐습니다.\n"
        f"{len(made.events):,} events recorded; left out: {made.unreadable:,} unreadable, "
        f"{made.repeats:,} resends."
    )


@app.command
def play(scenario: Path, *, kafka: Kafka = None, kek: Path | None = None) -> None:
    """Play a scenario as new facts about new people; never to a cluster tagged as production.

    No message leaves: what notify would send for it ends as suppressed, with the reason `replay`.

    Args:
        scenario: a file that `ieum events record` made.
        kafka: host:port list; the local stack's where it is left out.
        kek: the file with that cluster's key-encryption key, in hex; new keys are wrapped under it;
            the local stack's where it is left out.
    """
    run = new_id(SystemClock().now())
    events = scenarios.read(scenario)
    key = _kek(kek or Home.find().secrets / "kek")
    sent = asyncio.run(playing.play(kafka or _local_kafka(), events, Registry.load(), key, run))
    print(f"이벤트 {sent:,}건을 재생했습니다. 실행 번호 {run}\n{sent:,} events played as run {run}.")


@app.command
def compare(found: Path, golden: Path) -> None:
    """Compare two recorded files, whatever ids and times they have; exits 0 if they agree, else 1.

    Args:
        found: what came of a replay.
        golden: what should have come.
    """
    told = comparing.differences(*(comparing.normalised(scenarios.read(path)) for path in (found, golden)))
    print("\n".join(told) or "같습니다. They agree.")
    sys.exit(1 if told else 0)


@app.command(name="tag-production")
def tag_production(*, kafka: Kafka = None, replication: int = 1) -> None:
    """Mark a cluster as one that serves real people: no scenario is ever played to it.

    Args:
        kafka: host:port list; the local stack's where it is left out.
        replication: copies of the topic that is the mark.
    """
    asyncio.run(kafka_topics.tag_as_production(kafka or _local_kafka(), replication=replication))
    print("운영 클러스터로 표시했습니다. The cluster is tagged as production.")


def _local_kafka() -> str:
    from ieum.common.local import stack

    address = stack.status(Home.find())["kafka"]
    if address is None:
        raise Refusal(
            "kafka-unknown",
            ko="실행 중인 Kafka가 없습니다. --kafka로 주소를 적어 주십시오.",
            en="No Kafka runs here. Give its address with --kafka.",
        )
    return str(address)


def _kek(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise Refusal(
            "kek-unreadable",
            ko=f"{path}에서 열쇠를 읽을 수 없습니다. --kek으로 파일을 적어 주십시오.",
            en=f"{path} holds no key-encryption key. Name its file with --kek.",
        ) from None
