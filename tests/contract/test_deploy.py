"""The deployment as files: code, image and compose name the same things, and nothing is open unmeant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ieum.common.events.registry import Registry
from ieum.common.kafka.topics import config_of
from ieum.common.service.app import DRAIN_SECONDS
from ieum.common.service.prepare import SERVICES
from ieum.common.service.run import GRACEFUL_SECONDS

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))


def _seconds(text: str) -> int:
    return int(text.removesuffix("s"))


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_deployed_with_little_and_stops_after_its_drain(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["command"] == ["python", "-m", f"ieum.{name}"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert _seconds(service["stop_grace_period"]) > DRAIN_SECONDS + GRACEFUL_SECONDS
    assert service["depends_on"] == {"prepare": {"condition": "service_completed_successfully"}}
    targets = [s["target"] if isinstance(s, dict) else s for s in service["secrets"]]
    assert {"kek", "search", "token_public.pem", "ieum_database"} <= set(targets)
    assert "token_private.pem" not in targets
    assert "session_public.pem" in targets
    assert ("session_private.pem" in targets) == (name == "intake"), "one service signs what browsers hold"


def test_ports_are_open_to_this_machine_only() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_messages_name_the_port_at_which_matching_is_open() -> None:
    [port] = COMPOSE["services"]["matching"]["ports"]
    told = COMPOSE["services"]["notify"]["environment"]["IEUM_PUBLIC_URL"]
    assert told == f"http://{port.rpartition(':')[0]}"


def test_no_secret_stands_in_the_compose_file() -> None:
    for service in COMPOSE["services"].values():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or key.endswith("_FILE"), key
            assert "://" not in str(value) or "@" not in str(value), key


def test_images_are_pinned() -> None:
    images = [service["image"] for service in COMPOSE["services"].values()]
    assert all(":" in image and not image.endswith(":latest") for image in images)


def test_the_image_runs_as_nobody_special_and_knows_its_health() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    last_stage = text[text.rindex("FROM ") :]
    assert "USER 10001" in last_stage
    assert "HEALTHCHECK" in last_stage
    assert "--require-hashes" in text


def test_topics_allow_the_records_that_the_register_allows() -> None:
    for topic in Registry.load().topics.values():
        assert int(config_of(topic)["max.message.bytes"]) > topic.largest_record_bytes
