"""The topic files are the law: code produces and consumes what they name, and nothing else."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ieum.common.events.registry import TOPICS, Registry, published_models
from ieum.common.events.upcasters import UPCASTERS
from ieum.common.local.secrets import ensure_secrets
from ieum.common.service.app import Service
from ieum.common.service.prepare import SERVICES

REGISTRY = Registry.load()
TYPE = re.compile(
    r"kr\.ieum\.(?P<service>[a-z]+)\.(?P<aggregate>[a-z_]+)\.(?P<past>[a-z_]+)\.v(?P<n>[1-9][0-9]*)"
)


def _build(service: str, folder: Path) -> Service:
    """The service as its process has it, not started: no server is needed for that."""
    ensure_secrets(folder)
    settings = importlib.import_module(f"ieum.{service}.settings")
    [model] = [
        thing
        for name, thing in vars(settings).items()
        if name.lower() == f"{service}settings" and isinstance(thing, type)
    ]
    made = model(
        kafka="127.0.0.1:1", database="postgresql://nobody@127.0.0.1:1/none", secrets=folder,
        **({"smtp": "127.0.0.1:1"} if service == "notify" else {}),
    )  # fmt: skip
    built: Service = importlib.import_module(f"ieum.{service}.app").build(made)
    return built


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_in_the_groups_that_the_topic_files_name(service: str, tmp_path: Path) -> None:
    """Both ways: no reader without a name in the law, no name in the law without a reader."""
    built = _build(service, tmp_path)
    reads = {(topic, consumer.group) for consumer in built.consumers for topic in consumer.topics}
    law = {
        (topic.name, group)
        for topic in REGISTRY.topics.values()
        for group in topic.consumers
        if group.startswith(f"{service}-")
    }
    assert reads == law


@pytest.mark.parametrize("path", sorted(TOPICS.iterdir()), ids=lambda path: path.stem)
def test_a_topic_file_is_whole(path: Path) -> None:
    assert path.suffix == ".yaml"
    raw: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    topic = REGISTRY.topic(path.stem)
    assert raw["name"] == path.stem
    assert path.read_text(encoding="utf-8").startswith("# "), "it begins by saying what it is for"
    assert topic.owner in SERVICES
    assert set(topic.producers) <= set(SERVICES)
    assert path.stem.startswith(f"{topic.owner}-")
    assert topic.types
    assert topic.partitions >= 1
    assert len(set(topic.types)) == len(topic.types)
    assert {group.partition("-")[0] for group in topic.consumers} <= set(SERVICES)


def test_the_log_reads_all_logged_topics_and_no_other() -> None:
    logged = {name for name, topic in REGISTRY.topics.items() if topic.logged}
    assert set(REGISTRY.read_by("audit-ledger")) == logged


def test_every_type_is_in_the_one_topic_that_its_model_names() -> None:
    listed = [(type_, topic.name) for topic in REGISTRY.topics.values() for type_ in topic.types]
    assert sorted(listed) == sorted((model.event_type, model.topic) for model in published_models())


@pytest.mark.parametrize("type_", sorted(REGISTRY.models))
def test_a_type_is_named_as_the_design_says_and_comes_from_its_producer(type_: str) -> None:
    parts = TYPE.fullmatch(type_)
    assert parts
    assert REGISTRY.topic(REGISTRY.model(type_).topic).producers == (parts["service"],)


def test_versions_are_consecutive_and_each_old_one_leads_to_its_successor() -> None:
    versions: dict[str, set[int]] = {}
    for type_ in (*REGISTRY.models, *UPCASTERS):
        family, _, n = type_.rpartition(".v")
        versions.setdefault(family, set()).add(int(n))
    for family, found in versions.items():
        assert found == set(range(1, max(found) + 1)), family
        for n in range(1, max(found)):
            assert UPCASTERS[f"{family}.v{n}"][0] == f"{family}.v{n + 1}"


def test_only_one_module_publishes_each_type() -> None:
    """Who constructs an event of another service's module would be refused at run time; seen here first."""
    root = TOPICS.parents[2] / "services"
    for service in SERVICES:
        foreign = {m.__name__ for m in published_models() if f".ieum.{service}." not in m.event_type}
        for file in (root / service / "src").rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            for call in re.findall(r"tx\.publish\(\s*([A-Z][A-Za-z]+)\(", text):
                assert call not in foreign, f"{file.name} publishes {call}"
