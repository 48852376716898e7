"""Other people's tools read the topics and see CloudEvents: a Node client, and kcat where it is there.

Neither shares a line with Ieum: the Kafka protocol is spoken by `@platformatic/kafka` (or librdkafka), and
what counts as a CloudEvent is judged by the CloudEvents project's own library.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ieum.common.local.home import Home
from ieum.common.testing.builders import Market

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

NODE = Path(__file__).parent / "node"


class Type(NamedTuple):
    """An event type, whole and short."""

    name: str
    short: str


TYPES = {
    "intake-applications": Type("kr.ieum.intake.application.submitted.v1", "application.submitted"),
    "intake-programmes": Type("kr.ieum.intake.programme.published.v1", "programme.published"),
}
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


@pytest.fixture(scope="module", autouse=True)
def applied(platform: Platform) -> None:
    """An application in a programme of its own, so that both topics hold something."""
    market = Market(platform, {"N-1": 1})
    market.wait_ranked(market.apply("N-1"))


@pytest.mark.parametrize("topic", TYPES)
def test_a_node_client_reads_cloudevents(platform: Platform, reader: Path, topic: str) -> None:
    facts = platform.facts(topic, TYPES[topic].short)
    ended = subprocess.run(
        ["node", str(reader), platform.kafka.bootstrap, topic],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    read = {each["event"]["id"]: each for each in map(json.loads, ended.stdout.splitlines())}
    assert facts
    for fact in facts:
        event = read[fact.id]["event"]
        assert (event["specversion"], event["type"]) == ("1.0", TYPES[topic].name)
        assert event["source"] == "/ieum/daegu/intake"
        assert event["subject"] == fact.subject == read[fact.id]["key"]
        assert event["datacontenttype"] == "application/json"
        assert event["dataschema"].endswith(f"/{TYPES[topic].name}.json")
        assert event["data"] == fact.data, "Hangul and all, as it was written"


@pytest.mark.parametrize("topic", TYPES)
def test_kcat_shows_the_data_plainly(platform: Platform, topic: str) -> None:
    kcat = shutil.which("kcat") or shutil.which("kafkacat")
    if kcat is None:
        pytest.skip("kcat is not on this machine")
    ended = subprocess.run(
        [kcat, "-b", platform.kafka.bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    records = [json.loads(line) for line in ended.stdout.splitlines()]
    found = {}
    for each in records:
        headers = dict(zip(each["headers"][::2], each["headers"][1::2], strict=True))
        assert headers["content-type"] == "application/json"
        found[headers["ce_id"]] = json.loads(each["payload"])
    facts = platform.facts(topic)
    assert facts
    assert all(found[fact.id] == fact.data for fact in facts)
