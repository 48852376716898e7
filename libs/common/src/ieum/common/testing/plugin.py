"""The pytest plugin of Ieum: real servers for tests, started when the first test asks for one.

Quick tests run first, so that a slip shows within seconds. With `-n 2 --dist loadgroup` (pytest-xdist)
each lot of those that need servers, or the platform, runs in one process, with servers of its own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ieum.common.testing.platform import Platform
    from ieum.common.testing.servers import Kafka, Postgres

SLOW_LAST = ("servers", "platform", "chaos", "bench")
# A fixture of the session is the process's own, and a topic made anew under the platform would stop it.
GROUPS = {"servers": "servers", "platform": "platform", "chaos": "platform"}


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    """A real broker for the whole run; make topics of your own in it."""
    from ieum.common.testing.servers import kafka_server

    with kafka_server() as server:
        yield server


@pytest.fixture
def empty_kafka(kafka: Kafka) -> Kafka:
    """The broker with the register's topics made anew: for a service with a database and keys of its own."""
    from ieum.common.local.waiting import run_blocking
    from ieum.common.testing.outside import renew_topics

    run_blocking(lambda: renew_topics(kafka.bootstrap))
    return kafka


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real database server for the whole run; make databases of your own in it."""
    from ieum.common.testing.servers import postgres_server

    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def platform(
    kafka: Kafka, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """The four services and the mail sink as processes, for tests marked `platform`; shared by the run."""
    from ieum.common.testing.platform import running

    with running(kafka, postgres, tmp_path_factory.mktemp("platform"), prefix=f"t{os.getpid()}") as made:
        yield made


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test by the bytes of a file: an archive made twice holds two times; processes must agree."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order by cost: unit tests, then those with servers, the platform, chaos."""
    items.sort(key=_cost)
    for item in items if config.pluginmanager.hasplugin("xdist") else []:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


def _group(item: pytest.Item) -> str | None:
    marks = {mark.name for mark in item.iter_markers()}
    found = [GROUPS[name] for name in SLOW_LAST if name in marks and name in GROUPS]
    fixtures = getattr(item, "fixturenames", ())
    if found == ["servers"] and item.nodeid.startswith("services/") and "empty_kafka" not in fixtures:
        return "services"  # nearly half of the time, and they share no topic with the others
    return found[-1] if found else None


def _cost(item: pytest.Item) -> int:
    marks = {mark.name for mark in item.iter_markers()}
    return max((place for place, name in enumerate(SLOW_LAST, start=1) if name in marks), default=0)
