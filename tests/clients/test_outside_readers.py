"""Other people's tools read the topics and see CloudEvents: a Node client, and kcat where it is there.

Neither shares a line with Ieum: the Kafka protocol is spoken by `@platformatic/kafka` (or librdkafka), and
what counts as a CloudEvent is judged by the CloudEvents project's own library.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.local.home import Home

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

NODE = Path(__file__).parent / "node"
TOPIC = "intake-programmes"
TYPE = "kr.ieum.intake.programme.published.v1"
NODE_MAJOR_MIN = 20


@pytest.fixture(scope="module")
def reader() -> Path:
    """The Node client with its packages, installed once under the ignored folder of local state."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not on this machine")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.strip().removeprefix("v").partition(".")[0]) < NODE_MAJOR_MIN:
        pytest.skip(f"node {version.strip()} is older than {NODE_MAJOR_MIN}")
    folder = Home.find().state / "clients" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (NODE / "package.json").read_bytes()
    installed = folder / "installed.json"
    shutil.copy(NODE / "read.mjs", folder)
    if not installed.exists() or installed.read_bytes() != wanted:
        shutil.copy(NODE / "package.json", folder)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"]
        subprocess.run(npm, cwd=folder, check=True, capture_output=True, timeout=240)
        installed.write_bytes(wanted)
    return folder / "read.mjs"


@pytest.fixture(scope="module")
def published(platform: Platform, programme: str) -> list[Any]:
    """The topic as our own outside reader finds it, after a programme was published over HTTP."""
    facts = platform.until(lambda: platform.facts(TOPIC))
    assert programme in {fact.subject for fact in facts} | {fact.data["programme"] for fact in facts}
    return facts


def test_a_node_client_reads_the_topic_as_cloudevents(
    platform: Platform, reader: Path, published: list[Any]
) -> None:
    ended = subprocess.run(
        ["node", str(reader), platform.kafka.bootstrap, TOPIC],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    read = [json.loads(line) for line in ended.stdout.splitlines()]
    events = {each["event"]["id"]: each for each in read}
    assert events.keys() == {fact.id for fact in published}
    for fact in published:
        event = events[fact.id]["event"]
        assert (event["specversion"], event["type"]) == ("1.0", TYPE)
        assert event["source"] == "/ieum/daegu/intake"
        assert event["subject"] == fact.subject == events[fact.id]["key"]
        assert event["datacontenttype"] == "application/json"
        assert event["dataschema"].endswith(f"/{TYPE}.json")
        assert event["data"] == fact.data, "Hangul and all, as it was written"


def test_kcat_shows_the_data_plainly(platform: Platform, published: list[Any]) -> None:
    kcat = shutil.which("kcat") or shutil.which("kafkacat")
    if kcat is None:
        pytest.skip("kcat is not on this machine")
    ended = subprocess.run(
        [kcat, "-b", platform.kafka.bootstrap, "-C", "-t", TOPIC, "-o", "beginning", "-e", "-q", "-J"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    read = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [json.loads(each["payload"]) for each in read] == [fact.data for fact in published]
    for each in read:
        headers = dict(zip(each["headers"][::2], each["headers"][1::2], strict=True))
        assert {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"} <= headers.keys()
        assert headers["content-type"] == "application/json"
